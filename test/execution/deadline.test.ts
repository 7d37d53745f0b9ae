import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bind, parent } from '../../src/graph/binding.ts';
import { call, custom } from '../../src/transports/custom/custom.ts';
import { type BoundGraph, openBoundGraph } from './bound-graph.ts';

const sdl =
  'type Query { first: First } type First { id: ID second: Second } type Second { id: ID third: Third } type Third { id: ID }';

/** What each call was given, and how long it takes. */
let begun: { name: string; leftMs: number; aborted: Promise<void> }[];
let tookMs: number;
let graph: BoundGraph;

function slow(name: string) {
  return call<{ id?: string }, object>(async (inputs, { deadline, signal }) => {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    begun.push({ name, leftMs: deadline - performance.now(), aborted });
    await Promise.race([new Promise((resolve) => setTimeout(resolve, tookMs)), aborted]);
    signal.throwIfAborted();
    return inputs.map(() => ({ id: name }));
  });
}

const chain = custom('chain', {
  retry: { attempts: 1 },
  operations: { first: slow('first'), second: slow('second'), third: slow('third') },
});

beforeEach(async () => {
  begun = [];
  graph = await openBoundGraph(
    sdl,
    {
      'Query.first': bind(chain.first, {}),
      'First.second': bind(chain.second, { id: parent('id') }),
      'Second.third': bind(chain.third, { id: parent('id') }),
    },
    [chain],
  );
});
afterEach(() => graph.close());

const query = '{ first { id second { id third { id } } } }';

describe('U16: the deadline of a client, over three calls in a chain', () => {
  it('gives each later call what is left', async () => {
    tookMs = 100;
    const { data } = await graph.ask(query, { headers: { 'x-request-timeout': '2000' } });
    expect(data).toEqual({ first: { id: 'first', second: { id: 'second', third: { id: 'third' } } } });
    const [first = 0, second = 0, third = 0] = begun.map(({ leftMs }) => leftMs);
    expect(first).toBeLessThanOrEqual(2_000);
    expect(second).toBeLessThanOrEqual(first - 95);
    expect(third).toBeLessThanOrEqual(second - 95);
    expect(third).toBeGreaterThan(0);
  });

  it('ends the call that is under way, and starts none afterwards', async () => {
    tookMs = 400;
    const began = performance.now();
    const { data, errors } = await graph.ask(query, { headers: { 'x-request-timeout': '600' } });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(data).toEqual({ first: { id: 'first', second: null } });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_TIMEOUT']);
    await begun[1]?.aborted;
    expect(begun.map(({ name }) => name)).toEqual(['first', 'second']);
  });
});
