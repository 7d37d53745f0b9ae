import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { Loader } from '../../../src/operations/loader.ts';
import { call, custom } from '../../../src/transports/custom/custom.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import { brokenId, type Item, world } from '../../contracts/world.ts';
import { openDatasource } from '../../support/open-datasource.ts';
import { contextOf, deferred } from '../../support/operations.ts';

describeTransport(
  'A call written by hand',
  { batches: true, failsByKey: 'DOWNSTREAM_SERVICE_ERROR' },
  async () => fixture(),
  ['echo', 'slow'],
);

/** The store is in this process: what a document database's driver would be. */
interface Store {
  readonly items: ReadonlyMap<string, Item>;
  requests: number;
}

function fixture(): TransportFixture {
  const began = deferred<void>();
  const ended = deferred<void>();
  const store: Store = { items: new Map(world.map((item) => [item.id, item])), requests: 0 };
  const service = 'store';
  const datasource = custom('store', {
    open: () => ({ client: store, ping: async () => {} }),
    operations: {
      item: call<{ id: string }, Item | null, Store>(
        async (inputs, { signal }, { items }) => {
          // A true one, that any library takes.
          AbortSignal.any([signal]).throwIfAborted();
          store.requests++;
          return inputs.map(({ id }) =>
            id === brokenId
              ? new TributaryError('DOWNSTREAM_SERVICE_ERROR', undefined, { service })
              : (items.get(id) ?? null),
          );
        },
        { maxInputs: 100, keyInputs: ['id'] },
      ),
      itemsOf: call<{ owner: string }, Item[], Store>(
        async (inputs, _, { items }) =>
          inputs.map((input) => [...items.values()].filter(({ owner }) => owner === input.owner)),
        { maxInputs: 100 },
      ),
      echo: call<{ text: string }, { text: string }>(async (inputs) => inputs.map(({ text }) => ({ text }))),
      slow: call<Record<never, never>, unknown>((_, { signal }) => {
        began.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended.resolve();
            reject(signal.reason);
          });
        });
      }),
    },
  });
  return {
    datasource,
    operations: datasource,
    requests: () => store.requests,
    slowBegan: () => began.promise,
    slowEnded: () => ended.promise,
    close: async () => {},
  };
}

describe('a call written by hand', () => {
  it('is refused, by name, when it gives another number of outcomes than it got inputs', async () => {
    const odd = custom('odd', {
      operations: { few: call<{ n: number }, number>(async () => [1], { maxInputs: 10 }) },
    });
    const open = await openDatasource(odd);
    const outcomes = await open.ask(odd.few, [{ n: 1 }, { n: 2 }]);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', service: 'odd' });
      expect((outcome as TributaryError).detail).toBe('The call of `odd.few` gave 1 outcomes for 2 inputs.');
    }
  });

  it('fails every input with what it throws', async () => {
    const failure = new TributaryError('UPSTREAM_UNAVAILABLE');
    const failing = custom('failing', {
      operations: {
        item: call<{ n: number }, number>(
          async () => {
            throw failure;
          },
          { maxInputs: 10 },
        ),
      },
    });
    const open = await openDatasource(failing);
    expect(await open.ask(failing.item, [{ n: 1 }, { n: 2 }])).toEqual([failure, failure]);
  });

  it('gets settings when it opens, its client with every call, and is closed with the engine', async () => {
    const told: string[] = [];
    const greeter = custom('greeter', {
      settings: { greeting: { setting: true, variable: 'GREETING', fallback: undefined } },
      open: ({ settings }) => ({
        client: settings.greeting ?? '',
        close: async () => {
          told.push('closed');
        },
      }),
      operations: {
        greet: call<{ name: string }, string, string>(
          async (inputs, _, greeting) => inputs.map(({ name }) => `${greeting} ${name}`),
          { maxInputs: 5 },
        ),
      },
    });
    const engine = await openEngine([greeter], { variables: { GREETING: 'Hello' } });
    expect(await new Loader(engine, contextOf()).load(greeter.greet, { name: 'Anna' })).toBe('Hello Anna');
    await engine.close();
    expect(told).toEqual(['closed']);
  });

  it('gets the policies the others get: batches are cut, answers are kept, writes are not', async () => {
    const asked: number[] = [];
    const counted = custom('counted', {
      operations: {
        square: call<{ n: number }, number>(
          async (inputs) => {
            asked.push(inputs.length);
            return inputs.map(({ n }) => n * n);
          },
          { maxInputs: 2, scope: 'public', cache: { ttlMs: 60_000 } },
        ),
      },
    });
    const engine = await openEngine([counted], { variables: {} });
    const square = engine.call(counted.square);
    expect(await square([{ n: 1 }, { n: 2 }, { n: 3 }], contextOf())).toEqual([1, 4, 9]);
    expect(await square([{ n: 3 }, { n: 1 }], contextOf())).toEqual([9, 1]);
    expect(asked).toEqual([2, 1]);
    await engine.close();
  });

  it('cannot open with a `maxInputs` that lets nothing through', async () => {
    const none = custom('none', {
      operations: { item: call<{ n: number }, number>(async () => [], { maxInputs: 0 }) },
    });
    await expect(openEngine([none], { variables: {} })).rejects.toThrow(
      '`maxInputs` must be at least 1, but is 0.',
    );
  });
});
