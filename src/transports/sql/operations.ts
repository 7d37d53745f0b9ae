import type { OperationOptions, OperationSpec } from '../../operations/operation.ts';
import type { ChoiceMarker, ColumnsMarker, InputMarker, KeysMarker, Marker } from './markers.ts';
import type { Shape, SqlSpec } from './spec.ts';

export interface ReadOptions<in I = never> extends OperationOptions<I> {
  /** The most rows that one statement may give; more is `UPSTREAM_RESPONSE_TOO_LARGE`. @default the datasource's */
  readonly maxRows?: number;
}

export interface KeyedOptions<in I = never> extends ReadOptions<I> {
  /** The most keys in one statement. @default 1000 */
  readonly maxInputs?: number;
}

/** A write is neither shared nor kept. */
export type WriteOptions<I = never, O = never> = Pick<
  OperationOptions<I, O>,
  'timeoutMs' | 'idempotent' | 'evicts'
>;

/** What a write did. */
export interface Changed {
  /** Rows inserted, deleted or matched by an update. */
  readonly changed: number;
}

type ReadMarker<I, O> = ColumnsMarker<Readonly<Required<O>>, keyof O & string> | InputOf<I> | ChoiceOf<I>;
type KeyedMarker<I, O> = ReadMarker<I, O> | KeysMarker<keyof I & string, keyof O & string>;
type WriteMarker<I> = InputOf<I>;
type InputOf<I> = { [Name in keyof I & string]: InputMarker<Name, I[Name]> }[keyof I & string];
type ChoiceOf<I> = { [Name in keyof I & string]: ChoiceMarker<Name, I[Name]> }[keyof I & string];

/** A statement in backquotes; what is interpolated must be a marker that fits the types of the operation. */
export type Statement<M, Spec> = (strings: TemplateStringsArray, ...markers: readonly M[]) => Spec;

/**
 * One row per key: the batch is one statement, and a key without a row is null. Of several rows for a key the first
 * counts, in the statement's order.
 *
 * @example one<{ id: string }, Driver>`SELECT ${columns({ id: 'id', name: 'name' })} FROM drivers WHERE id IN (${keys('id')})`
 * @example one<{ id: string }, Driver>({ scope: 'public', cache: { ttlMs: 60_000 } })`SELECT …`
 */
export function one<I, O>(options: KeyedOptions<I>): Statement<KeyedMarker<I, O>, OperationSpec<I, O | null>>;
export function one<I, O>(
  strings: TemplateStringsArray,
  ...markers: readonly KeyedMarker<I, O>[]
): OperationSpec<I, O | null>;
export function one(first: KeyedOptions | TemplateStringsArray, ...markers: readonly unknown[]): unknown {
  return build('one', first, markers);
}

/**
 * Any number of rows per key, in the statement's order; a key without rows is an empty list.
 *
 * @example many<{ driverId: string }, Vehicle>`SELECT ${columns({…})} FROM vehicles WHERE driver_id IN (${keys('driverId')}) ORDER BY id`
 */
export function many<I, O>(
  options: KeyedOptions<I>,
): Statement<KeyedMarker<I, O>, OperationSpec<I, readonly O[]>>;
export function many<I, O>(
  strings: TemplateStringsArray,
  ...markers: readonly KeyedMarker<I, O>[]
): OperationSpec<I, readonly O[]>;
export function many(first: KeyedOptions | TemplateStringsArray, ...markers: readonly unknown[]): unknown {
  return build('many', first, markers);
}

/**
 * Rows for one input; each input is a statement of its own.
 *
 * @example list<{ cityId: string; first: number }, Driver>`SELECT … WHERE city_id = ${input('cityId')} ORDER BY id LIMIT ${input('first')}`
 */
export function list<I, O>(
  options: ReadOptions<I>,
): Statement<ReadMarker<I, O>, OperationSpec<I, readonly O[]>>;
export function list<I, O>(
  strings: TemplateStringsArray,
  ...markers: readonly ReadMarker<I, O>[]
): OperationSpec<I, readonly O[]>;
export function list(first: ReadOptions | TemplateStringsArray, ...markers: readonly unknown[]): unknown {
  return build('list', first, markers);
}

/**
 * The first row for one input, or null: totals and other aggregates. Each input is a statement of its own.
 *
 * @example row<{ cityId: string }, Totals>`SELECT ${columns({ drivers: column.int(expression('COUNT(*)')) })} FROM drivers WHERE city_id = ${input('cityId')}`
 */
export function row<I, O>(options: ReadOptions<I>): Statement<ReadMarker<I, O>, OperationSpec<I, O | null>>;
export function row<I, O>(
  strings: TemplateStringsArray,
  ...markers: readonly ReadMarker<I, O>[]
): OperationSpec<I, O | null>;
export function row(first: ReadOptions | TemplateStringsArray, ...markers: readonly unknown[]): unknown {
  return build('row', first, markers);
}

/**
 * A write, in a transaction of its own: all of the statement or nothing. Answers how many rows it changed.
 *
 * @example execute<{ id: string; name: string }>`UPDATE drivers SET name = ${input('name')} WHERE id = ${input('id')}`
 */
export function execute<I>(
  options: WriteOptions<I, Changed>,
): Statement<WriteMarker<I>, OperationSpec<I, Changed>>;
export function execute<I>(
  strings: TemplateStringsArray,
  ...markers: readonly WriteMarker<I>[]
): OperationSpec<I, Changed>;
export function execute(first: WriteOptions | TemplateStringsArray, ...markers: readonly unknown[]): unknown {
  return build('execute', first, markers);
}

/**
 * A write that answers a row it wrote, or null where it wrote none. Needs a database that knows `RETURNING` for the
 * statement's verb: SQLite and PostgreSQL for all, MariaDB for INSERT and DELETE, MySQL for none.
 *
 * @example executeReturning<NewDriver, Driver>`INSERT INTO drivers (id, name) VALUES (${input('id')}, ${input('name')}) RETURNING ${columns({ id: 'id', name: 'name' })}`
 */
export function executeReturning<I, O>(
  options: WriteOptions<I, O | null>,
): Statement<ReadMarker<I, O>, OperationSpec<I, O | null>>;
export function executeReturning<I, O>(
  strings: TemplateStringsArray,
  ...markers: readonly ReadMarker<I, O>[]
): OperationSpec<I, O | null>;
export function executeReturning(
  first: WriteOptions | TemplateStringsArray,
  ...markers: readonly unknown[]
): unknown {
  return build('executeReturning', first, markers);
}

function build(
  shape: Shape,
  first: KeyedOptions | TemplateStringsArray,
  markers: readonly unknown[],
): unknown {
  if (isTemplate(first)) return specOf(shape, {}, first, markers);
  return (strings: TemplateStringsArray, ...later: readonly unknown[]) =>
    specOf(shape, first, strings, later);
}

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && 'raw' in value;
}

function specOf(
  shape: Shape,
  options: KeyedOptions,
  strings: TemplateStringsArray,
  markers: readonly unknown[],
): OperationSpec<never, unknown> {
  const { maxRows, maxInputs, ...common } = options;
  const spec: SqlSpec = {
    shape,
    strings: [...strings],
    markers: markers as readonly Marker[],
    maxRows,
    maxInputs,
    timeoutMs: options.timeoutMs,
  };
  const writes = shape === 'execute' || shape === 'executeReturning';
  return {
    protocol: 'sql',
    kind: writes ? 'write' : 'read',
    spec,
    options: common,
    batched: shape === 'one' || shape === 'many',
    keyInputs: keyInputsOf(spec.markers),
    adapters: [],
  };
}

/** The interpolations are looked at again, with a proper complaint, when the statement is prepared. */
function keyInputsOf(markers: readonly Marker[]): readonly string[] {
  return markers.flatMap((marker) =>
    marker?.marker === 'keys' ? marker.keys.map(({ input }) => input) : [],
  );
}
