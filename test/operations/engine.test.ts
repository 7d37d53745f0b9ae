import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/config/problems.ts';
import { env } from '../../src/config/setting.ts';
import { type Datasource, defineDatasource } from '../../src/operations/datasource.ts';
import { openEngine } from '../../src/operations/engine.ts';
import type { OperationOptions, OperationSpec } from '../../src/operations/operation.ts';
import type { Prepared, Transport } from '../../src/operations/transport.ts';
import { contextOf, recordingTrace } from '../support/operations.ts';

const shop = defineDatasource('test', 'shop', { operations: { upper: spec({}) } }, {}, () => transport());

describe('the engine', () => {
  it('opens every datasource and answers through the whole pipeline', async () => {
    const engine = await openEngine([shop], { variables: {} });
    const { trace, events } = recordingTrace();
    expect(await engine.call(shop.upper)(['a', 'b'], contextOf({ trace }))).toEqual(['A', 'B']);
    expect(events).toEqual(['batch shop.upper 2', 'wire 2', 'wire ends', 'batch ends']);
    await engine.close();
  });

  it('lists everything that is wrong at once: variables, addresses, specifications and rules', async () => {
    const wrong: Datasource[] = [
      defineDatasource('test', 'a', { operations: {} }, { url: env('A_URL'), key: env('A_KEY') }, () =>
        transport(),
      ),
      defineDatasource('test', 'b', { operations: {} }, {}, () => {
        throw new Error('The address `nowhere` is none.');
      }),
      defineDatasource('test', 'c', { operations: { broken: spec({ broken: true }) } }, {}, () =>
        transport(),
      ),
      defineDatasource(
        'test',
        'd',
        {
          operations: {
            leaky: spec({}, { cache: { ttlMs: 1 } }),
            evicting: spec({}, { evicts: () => [] }),
            written: { ...spec({}, { cache: { ttlMs: 1 }, scope: 'public' }), kind: 'write' },
          },
        },
        {},
        () => transport(),
      ),
    ];
    const failure = await openEngine(wrong, {
      variables: { A_KEY: '' },
      placeOf: (name) => `datasources/${name}.ts`,
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemsError);
    expect(
      (failure as ProblemsError).problems.map(
        ({ place, subject, message }) => `${place} ${subject} ${message}`,
      ),
    ).toEqual([
      'datasources/a.ts a The environment variable A_URL (url) is not set, and there is no default.',
      'datasources/a.ts a The environment variable A_KEY (key) is not set, and there is no default.',
      'datasources/b.ts b The address `nowhere` is none.',
      'datasources/c.ts c.broken This specification cannot work.',
      'datasources/d.ts d.leaky The operation is cached, but nothing says whom an answer may be shared among.',
      'datasources/d.ts d.evicting Only a write can evict.',
      'datasources/d.ts d.written A write cannot be cached.',
    ]);
  });

  it('evicts by tag what a write makes untrue, and what an operator names', async () => {
    let stored = 'one';
    const prepared = { maxInputs: 100 };
    const source = defineDatasource(
      'test',
      'store',
      {
        operations: {
          value: spec({}, { scope: 'public', cache: { ttlMs: 60_000, tags: () => ['value'] } }),
          set: { ...spec({ set: true }, { evicts: () => ['value'] }), kind: 'write' },
        },
      },
      {},
      () => ({
        prepare: <I, O>(given: unknown): Prepared<I, O> => ({
          ...prepared,
          call: async (inputs) => {
            if ((given as { set?: boolean }).set) stored = String(inputs[0]);
            return inputs.map(() => stored as O);
          },
        }),
      }),
    );
    const engine = await openEngine([source], { variables: {} });
    const read = async () => (await engine.call(source.value)(['x'], contextOf()))[0];
    expect(await read()).toBe('one');
    await engine.call(source.set)(['two'], contextOf());
    expect(await read()).toBe('two');
    for (const evict of [() => engine.evict(['value']), () => engine.evictAll()]) {
      stored = `${stored}!`;
      expect(await read()).not.toBe(stored);
      await evict();
      expect(await read()).toBe(stored);
    }
    await engine.close();
  });

  it('closes what it had opened when something else is wrong', async () => {
    let closed = false;
    const good = defineDatasource('test', 'good', { operations: {} }, {}, () => ({
      ...transport(),
      close: async () => {
        closed = true;
      },
    }));
    const bad = defineDatasource('test', 'bad', { operations: {} }, { url: env('MISSING') }, () =>
      transport(),
    );
    await expect(openEngine([good, bad], { variables: {} })).rejects.toBeInstanceOf(ProblemsError);
    expect(closed).toBe(true);
  });

  it('tells which datasource does not answer', async () => {
    const silent = defineDatasource('test', 'silent', { operations: {} }, {}, () => ({
      ...transport(),
      ping: () => Promise.reject(new Error('refused')),
    }));
    const engine = await openEngine([shop, silent], { variables: {} });
    const faults = await engine.ping(new AbortController().signal);
    expect([...faults].map(([name, fault]) => [name, fault?.message])).toEqual([
      ['shop', undefined],
      ['silent', 'refused'],
    ]);
    await engine.close();
  });

  it('changes the version of an operation with its definition, and only then', () => {
    const versionOf = (value: unknown) =>
      defineDatasource('test', 'x', { operations: { o: spec(value) } }, {}, () => transport()).o.info.version;
    expect(versionOf({ path: '/a', b: 1 })).toBe(versionOf({ b: 1, path: '/a' }));
    expect(versionOf({ path: '/a' })).not.toBe(versionOf({ path: '/b' }));
    const withZone = (timeZone: string) =>
      defineDatasource('test', 'x', { operations: { o: spec({}) }, timeZone } as never, {}, () =>
        transport(),
      ) as never as typeof shop;
    expect(Object.values(withZone('UTC'))[0]?.info.version).not.toBe(
      Object.values(withZone('+02:00'))[0]?.info.version,
    );
    expect(versionOf({ map: (x: number) => x })).not.toBe(versionOf({ map: (x: number) => x + 1 }));
  });

  it('takes `1` and `"1"` for one key where the operation declares keys, and nowhere else', () => {
    const keyed = { ...spec({}), keyInputs: ['id'] };
    const source = defineDatasource('test', 'x', { operations: { keyed, plain: spec({}) } }, {}, () =>
      transport(),
    );
    const canonicalOf = (name: 'keyed' | 'plain', input: unknown) => source[name].info.canonical(input);
    expect(canonicalOf('keyed', { id: 1, other: 1 })).toBe(canonicalOf('keyed', { id: '1', other: 1 }));
    expect(canonicalOf('keyed', { id: 1, other: 1 })).not.toBe(canonicalOf('keyed', { id: 1, other: '1' }));
    expect(canonicalOf('plain', { id: 1 })).not.toBe(canonicalOf('plain', { id: '1' }));
  });
});

function spec(value: unknown, options: OperationOptions = {}): OperationSpec<string, string> {
  return { protocol: 'test', kind: 'read', spec: value, options, batched: true, keyInputs: [], adapters: [] };
}

function transport(): Transport {
  return {
    prepare<I, O>(given: unknown): Prepared<I, O> {
      if ((given as { broken?: boolean }).broken) throw new Error('This specification cannot work.');
      return {
        call: async (inputs) => inputs.map((input) => String(input).toUpperCase() as O),
        maxInputs: 100,
      };
    },
  };
}
