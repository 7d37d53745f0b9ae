import { afterEach, describe, expect, it } from 'vitest';
import { owned } from '../../src/graph/access/owned.ts';
import { argument, bind } from '../../src/graph/binding.ts';
import { type BoundGraph, openBoundGraph } from './bound-graph.ts';
import { guardedCallers, guardedSdl, shopOf } from './guarded-graph.ts';

let graph: BoundGraph | undefined;
afterEach(() => graph?.close());

const { shop, entries } = shopOf(() => {});
const lookup = bind(shop.order, { id: argument('id') });

describe('a field that looks up whose its object is', () => {
  it.each([
    ['a binding', owned('Order', lookup, bind(shop.stock, { id: argument('id') }))],
    ['a function', owned('Order', lookup, (_: unknown, { id }: { id: string }) => id.length)],
  ])('Z10: has no whole answer that another owner would get, for %s', async (_, entry) => {
    const sdl = guardedSdl.replace(
      'type Query {',
      'type Query { weight(id: ID!): Int @cacheControl(maxAge: 60)',
    );
    graph = await openBoundGraph(
      sdl,
      { ...entries, 'Query.weight': entry },
      [shop],
      undefined,
      undefined,
      guardedCallers,
    );
    const query = '{ weight(id: "o0") }';
    const own = await graph.ask(query, { as: 'acme' });
    expect([own.data, own.headers.get('cache-control')]).toEqual([
      { weight: 2 },
      expect.stringMatching(/^max-age=\d+, private$/),
    ]);
    const other = await graph.ask(query, { as: 'zeta' });
    expect([other.data, other.errors?.[0]?.extensions.code]).toEqual([{ weight: null }, 'NOT_FOUND']);
    // The one it belongs to gets it again.
    expect((await graph.ask(query, { as: 'acme' })).headers.get('age')).toBe('0');
  });
});
