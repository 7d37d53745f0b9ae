import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf, TributaryError } from '../../../src/errors.ts';
import { merge } from '../../../src/operations/adapters/merge.ts';
import { orNull } from '../../../src/operations/adapters/or-null.ts';
import { reshape } from '../../../src/operations/adapters/reshape.ts';
import { Described, type Outcome } from '../../../src/operations/outcome.ts';
import { call, custom } from '../../../src/transports/custom/custom.ts';
import { openDatasource } from '../../support/open-datasource.ts';

interface Ride {
  readonly id: string | number;
  readonly riderId?: string;
}

interface Asked {
  readonly ids: readonly (string | number)[];
  readonly locale?: string;
}

/** A merged operation over a target written here, and what the target was asked. */
async function merged<O = Ride[]>(
  answer: (input: Asked) => Outcome<unknown>,
  options: { many?: boolean; max?: number; answer?: string } = {},
) {
  const asked: Asked[] = [];
  const target = call<Asked, Ride[]>(async (inputs) => {
    asked.push(...inputs);
    return inputs.map(answer) as Outcome<Ride[]>[];
  });
  const datasource = custom('rides', {
    operations: { ride: merge(target, { list: 'ids', key: 'id', match: 'id', ...(options as object) }) },
  });
  const open = await openDatasource(datasource);
  const ask = (...inputs: { id: unknown; locale?: string }[]) =>
    open.ask(datasource.ride, inputs as never) as Promise<readonly Outcome<O>[]>;
  return { ask, asked };
}

const rides = (...ids: (string | number)[]): Ride[] => ids.map((id) => ({ id }));

describe('merge', () => {
  it('asks for equal keys once and matches answers by key, whatever their order', async () => {
    const ids = fc.array(fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(ids, fc.func(fc.boolean()), fc.func(fc.integer()), async (keys, exists, rank) => {
        const known = (id: string | number): boolean => exists(id);
        const { ask, asked } = await merged(({ ids: list }) =>
          rides(...list.filter(known), 'nobody asked').sort((a, b) => rank(a.id) - rank(b.id)),
        );
        const outcomes = await ask(...keys.map((id) => ({ id })));
        expect(outcomes).toEqual(keys.map((id) => (known(id) || id === 'nobody asked' ? { id } : null)));
        expect(asked).toEqual([{ ids: [...new Set(keys)] }]);
      }),
      { numRuns: 60 },
    );
  });

  it('takes `1` and `"1"` for one key', async () => {
    const { ask, asked } = await merged(() => rides('1', 2));
    expect(await ask({ id: 1 }, { id: '1' }, { id: '2' })).toEqual([{ id: '1' }, { id: '1' }, { id: 2 }]);
    expect(asked).toEqual([{ ids: [1, '2'] }]);
  });

  it('sends inputs that differ beyond the key in separate requests, `max` keys in each', async () => {
    const { ask, asked } = await merged(({ ids, locale }) => ids.map((id) => ({ id, locale })), { max: 2 });
    const inputs = [
      { id: 'a', locale: 'pt' },
      { id: 'a', locale: 'no' },
      { id: 'b', locale: 'pt' },
      { id: 'c', locale: 'pt' },
      { id: 'd' },
    ];
    expect(await ask(...inputs)).toEqual(inputs);
    expect(asked).toHaveLength(4);
    expect(asked).toContainEqual({ locale: 'pt', ids: ['a', 'b'] });
    expect(asked).toContainEqual({ ids: ['d'] });
  });

  it('groups one to many, with an empty list for a key without items', async () => {
    const { ask } = await merged(
      () => [
        { id: 'a', n: 1 },
        { id: 'b', n: 2 },
        { id: 'a', n: 3 },
      ],
      { many: true },
    );
    expect(await ask({ id: 'a' }, { id: 'none' }, { id: 'b' })).toEqual([
      [
        { id: 'a', n: 1 },
        { id: 'a', n: 3 },
      ],
      [],
      [{ id: 'b', n: 2 }],
    ]);
  });

  it('keeps the first of two items with the same key', async () => {
    const { ask } = await merged(() => [
      { id: 'a', n: 1 },
      { id: 'a', n: 2 },
    ]);
    expect(await ask({ id: 'a' })).toEqual([{ id: 'a', n: 1 }]);
  });

  it('finds the list at a dotted path', async () => {
    const { ask } = await merged(() => ({ page: { rides: rides('a') } }), { answer: 'page.rides' });
    expect(await ask({ id: 'a' }, { id: 'b' })).toEqual([{ id: 'a' }, null]);
  });

  it.each([
    ['null', null],
    ['an object', { id: 'a' }],
    ['a list of texts', ['a']],
    ['a list with null', [{ id: 'a' }, null]],
    ['a list of lists', [[{ id: 'a' }]]],
    ['an item without its key', [{ id: 'a' }, {}]],
    ['an item whose key is an object', [{ id: { a: 1 } }]],
  ])('fails every input with UPSTREAM_INVALID_RESPONSE when the answer is %s', async (_, answer) => {
    const { ask } = await merged(() => answer);
    const outcomes = await ask({ id: 'a' }, { id: 'b' });
    expect(outcomes.map(codeOf)).toEqual(['UPSTREAM_INVALID_RESPONSE', 'UPSTREAM_INVALID_RESPONSE']);
  });

  it('makes an error of the call the error of all its inputs', async () => {
    const failure = new TributaryError('UPSTREAM_UNAVAILABLE');
    const { ask, asked } = await merged(() => failure);
    expect(await ask({ id: 'a' }, { id: 'b' })).toEqual([failure, failure]);
    expect(asked).toHaveLength(1);
  });

  it.each([undefined, null, '', {}, [], Number.NaN, 'x'.repeat(257), 'lone \ud800'])(
    'refuses the key %o for its own input alone',
    async (key) => {
      const { ask, asked } = await merged(({ ids }) => rides(...ids));
      const [before, odd, after] = await ask({ id: 'a' }, { id: key }, { id: 'b' });
      expect([before, after]).toEqual(rides('a', 'b'));
      expect(codeOf(odd)).toBe('BAD_USER_INPUT');
      expect((odd as Error).message).toMatch(/^`id` /);
      expect(asked).toEqual([{ ids: ['a', 'b'] }]);
    },
  );

  it('asks for nothing when no key can be asked for', async () => {
    const { ask, asked } = await merged(() => []);
    expect((await ask({ id: '' }, { id: null })).map(codeOf)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect(asked).toEqual([]);
  });

  it('halves a list that is refused until the key to blame stands alone', async () => {
    const refusal = new TributaryError('BAD_USER_INPUT');
    const { ask } = await merged(({ ids }) => (ids.includes('odd') ? refusal : rides(...ids)));
    expect(await ask(...['a', 'b', 'odd', 'c', 'd'].map((id) => ({ id })))).toEqual([
      { id: 'a' },
      { id: 'b' },
      refusal,
      { id: 'c' },
      { id: 'd' },
    ]);
  });

  it('hands what was said about keeping the list to each item, but not its validator', async () => {
    const freshness = { ttlMs: 5_000 };
    const { ask } = await merged(
      () => new Described(rides('a'), { freshness, validator: { etag: '"list"' }, storable: false }),
    );
    expect(await ask({ id: 'a' }, { id: 'b' })).toEqual([
      new Described({ id: 'a' }, { freshness, storable: false }),
      new Described(null, { freshness, storable: false }),
    ]);
  });

  it('hides the validators of items from the request for a list', async () => {
    const input = { id: 'a' };
    let seen: unknown = 'nothing';
    const target = call<Asked, Ride[]>(async (inputs, context) => {
      seen = context.validators;
      return inputs.map(() => rides('a'));
    });
    const datasource = custom('rides', {
      operations: { ride: merge(target, { list: 'ids', key: 'id', match: 'id' }) },
    });
    const open = await openDatasource(datasource);
    await open.ask(datasource.ride, [input], { validators: new Map([[input, { etag: '"a"' }]]) });
    expect(seen).toBeUndefined();
  });

  it('merges by several keys', async () => {
    const target = call<{ keys: readonly { a: string; b: number }[] }, { a: string; b: string }[]>(
      async (inputs) => inputs.map(({ keys }) => keys.map(({ a, b }) => ({ a, b: String(b) })).reverse()),
    );
    const datasource = custom('pairs', {
      operations: { pair: merge(target, { list: 'keys', key: ['a', 'b'], match: ['a', 'b'] }) },
    });
    const open = await openDatasource(datasource);
    const inputs = [
      { a: 'x', b: 1 },
      { a: 'x","', b: 1 },
      { a: 'x', b: 11 },
    ];
    expect(await open.ask(datasource.pair, inputs)).toEqual(inputs.map(({ a, b }) => ({ a, b: String(b) })));
  });

  it('merges by a reference of its own choosing, equal inputs once', async () => {
    const asked: unknown[] = [];
    const target = call<
      { requests: readonly { reference: string; km: number }[] },
      { prices: { reference: string; price: number }[] }
    >(async (inputs) => {
      asked.push(...inputs);
      return inputs.map(({ requests }) => ({
        prices: requests
          .filter(({ km }) => km > 0)
          .map(({ reference, km }) => ({ reference, price: km * 2 }))
          .reverse(),
      }));
    });
    const datasource = custom('prices', {
      operations: { price: merge(target, { list: 'requests', reference: 'reference', answer: 'prices' }) },
    });
    const open = await openDatasource(datasource);
    const outcomes = await open.ask(datasource.price, [{ km: 3 }, { km: 0 }, { km: 5 }, { km: 3 }]);
    expect(outcomes).toMatchObject(
      [{ price: 6 }, null, { price: 10 }, { price: 6 }].map((o) => o ?? null) as never,
    );
    expect(asked).toEqual([
      {
        requests: [
          { km: 3, reference: 'r0' },
          { km: 0, reference: 'r1' },
          { km: 5, reference: 'r2' },
        ],
      },
    ]);
  });

  it('keeps what the target says of scope, cache and time unless it is said anew', () => {
    const target = call<Asked, Ride[]>(async () => [], {
      scope: 'public',
      cache: { ttlMs: 1 },
      timeoutMs: 7,
    });
    expect(merge(target, { list: 'ids', key: 'id', match: 'id' })).toMatchObject({
      batched: true,
      keyInputs: ['id'],
      options: { scope: 'public', cache: { ttlMs: 1 }, timeoutMs: 7 },
    });
    expect(
      merge(target, { list: 'ids', key: 'id', match: 'id', scope: 'caller', timeoutMs: 9 }).options,
    ).toEqual({
      scope: 'caller',
      cache: { ttlMs: 1 },
      timeoutMs: 9,
    });
  });

  it('refuses to merge writes, and a `max` that lets nothing through', async () => {
    const write = call<Asked, Ride[]>(async () => [], { kind: 'write' });
    const read = call<Asked, Ride[]>(async () => []);
    const writes = custom('rides', {
      operations: { ride: merge(write, { list: 'ids', key: 'id', match: 'id' }) },
    });
    const none = custom('rides', {
      operations: { ride: merge(read, { list: 'ids', key: 'id', match: 'id', max: 0 }) },
    });
    const open = await openDatasource(writes);
    expect(() => open.call(writes.ride)).toThrow('A write cannot be merged');
    expect(() => open.call(none.ride)).toThrow('`max` must be a whole number of at least 1');
  });
});

describe('orNull', () => {
  it('turns NOT_FOUND into null, thrown or given, and nothing else', async () => {
    const gone = new TributaryError('NOT_FOUND');
    const conflict = new TributaryError('CONFLICT');
    const answers: Record<string, unknown> = { here: 1, gone, conflict };
    const one = call<{ id: string }, number>(
      async (inputs) => inputs.map(({ id }) => answers[id] as number),
      {
        maxInputs: 9,
      },
    );
    const throwing = call<{ id: string }, number>(
      async (inputs) => {
        throw answers[inputs[0]?.id as string];
      },
      { maxInputs: 9 },
    );
    const datasource = custom('things', { operations: { one: orNull(one), throwing: orNull(throwing) } });
    const open = await openDatasource(datasource);
    const inputs = ['here', 'gone', 'conflict'].map((id) => ({ id }));
    expect(await open.ask(datasource.one, inputs)).toEqual([1, null, conflict]);
    expect(await open.ask(datasource.throwing, [{ id: 'gone' }, { id: 'here' }])).toEqual([null, null]);
    expect(await open.ask(datasource.throwing, [{ id: 'conflict' }])).toEqual([conflict]);
  });
});

describe('reshape', () => {
  it('changes answers and keeps errors, descriptions and "not modified"', async () => {
    const failure = new TributaryError('CONFLICT');
    const unchanged = new Described(undefined as never, { notModified: true });
    const outcomes: Outcome<number>[] = [1, failure, new Described(2, { storable: false }), unchanged];
    const target = call<{ n: number }, number>(async () => outcomes, { maxInputs: 9 });
    const datasource = custom('numbers', {
      operations: { text: reshape(target, (value, { n }) => `${n}: ${value.toFixed(1)}`) },
    });
    const open = await openDatasource(datasource);
    expect(await open.ask(datasource.text, [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }])).toEqual([
      '0: 1.0',
      failure,
      new Described('2: 2.0', { storable: false }),
      unchanged,
    ]);
  });

  it('fails the one input that the function throws for', async () => {
    const target = call<{ n: number }, number>(async (inputs) => inputs.map(({ n }) => n), { maxInputs: 9 });
    const datasource = custom('numbers', {
      operations: {
        even: reshape(target, (value) => {
          if (value % 2 === 1) throw new Error('odd');
          return value;
        }),
      },
    });
    const open = await openDatasource(datasource);
    expect(await open.ask(datasource.even, [{ n: 1 }, { n: 2 }])).toEqual([new Error('odd'), 2]);
  });
});
