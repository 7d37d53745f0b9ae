import type { Operation, OperationSpec } from '../../src/operations/operation.ts';
import {
  column,
  columns,
  execute,
  expression,
  input,
  keys,
  list,
  many,
  one,
  oneOf,
  sql,
} from '../../src/transports/sql/index.ts';

interface Driver {
  id: string;
  cityId: string;
  isActive: boolean;
  rating: number | null;
  status: 'FREE' | 'BUSY';
}

const driver = {
  id: 'id',
  cityId: 'city_id',
  isActive: column.boolean('is_active'),
  rating: 'rating',
  status: 'status',
} as const;

// What fits compiles, and has the types of the operation.
const fitting = one<
  { id: string },
  Driver
>`SELECT ${columns(driver)} FROM drivers WHERE id IN (${keys('id')})`;
export const answersOrNull: OperationSpec<{ id: string }, Driver | null> = fitting;
export const withOptions: OperationSpec<{ cityId: string }, readonly Driver[]> = many<
  { cityId: string },
  Driver
>({ scope: 'public', cache: { ttlMs: 1_000 }, maxRows: 10 })`
  SELECT ${columns(driver)} FROM drivers WHERE city_id IN (${keys('cityId')})`;
export const renamed = one<{ driver: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers WHERE id IN (${keys({ driver: 'id' })})`;
export const computed = list<{ first: number; orderBy?: 'ID' | null }, { n: number }>`
  SELECT ${columns({ n: column.int(expression('COUNT(*)')) })} FROM drivers
  ORDER BY ${oneOf('orderBy', { ID: 'id' })} LIMIT ${input('first')}`;

const fleet = sql('fleet', { url: 'sqlite::memory:', operations: { fitting } });
export const operation: Operation<{ id: string }, Driver | null> = fleet.fitting;

// The source shape cannot lie: a property without a column …
export const missing = one<{ id: string }, Driver>`SELECT ${
  // @ts-expect-error Property 'status' is missing
  columns({ id: 'id', cityId: 'city_id', isActive: 'is_active', rating: 'rating' })
} FROM drivers WHERE id IN (${keys('id')})`;

// … a column without a property …
export const beyond = one<{ id: string }, Driver>`SELECT ${
  // @ts-expect-error "extra" is no property of Driver
  columns({ ...driver, extra: 'extra' })
} FROM drivers WHERE id IN (${keys('id')})`;

// … and a column declared as what the property is not do not compile.
export const mistyped = one<{ id: string }, Driver>`SELECT ${
  // @ts-expect-error a bigint is a string, not a number or null
  columns({ ...driver, rating: column.bigint('rating') })
} FROM drivers WHERE id IN (${keys('id')})`;

export const misspeltKey = one<{ id: string }, Driver>`SELECT ${columns(driver)} FROM drivers WHERE id IN (${
  // @ts-expect-error "idd" is no input
  keys('idd')
})`;

export const keyWithoutProperty = one<{ driver: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers WHERE id IN (${
    // @ts-expect-error "driver" is no property of Driver
    keys('driver')
  })`;

export const misspeltInput = list<{ cityId: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers WHERE city_id = ${
    // @ts-expect-error "city" is no input
    input('city')
  }`;

export const mistypedInput = list<{ cityId: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers WHERE city_id = ${
    // @ts-expect-error a string is not an int
    input('cityId', 'int')
  }`;

export const choiceLeftOut = list<{ orderBy: 'ID' | 'NAME' }, Driver>`
  SELECT ${columns(driver)} FROM drivers ORDER BY ${
    // @ts-expect-error NAME has no column
    oneOf('orderBy', { ID: 'id' })
  }`;

export const freeChoice = list<{ orderBy: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers ORDER BY ${
    // @ts-expect-error any string could come
    oneOf('orderBy', { ID: 'id' })
  }`;

const pasted = 'drivers; DROP TABLE drivers';
export const value = list<{ cityId: string }, Driver>`
  SELECT ${columns(driver)} FROM ${
    // @ts-expect-error a string is no marker
    pasted
  }`;

export const keysInList = list<{ id: string }, Driver>`
  SELECT ${columns(driver)} FROM drivers WHERE id IN (${
    // @ts-expect-error a list takes one input at a time
    keys('id')
  })`;

export const cachedWrite =
  // @ts-expect-error a write is not kept
  execute<{ id: string }>({ cache: { ttlMs: 1 } })`DELETE FROM drivers WHERE id = ${input('id')}`;
