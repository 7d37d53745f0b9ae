import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GuardedGraph, openGuardedGraph } from './guarded-graph.ts';

let graph: GuardedGraph;
beforeAll(async () => {
  graph = await openGuardedGraph({ wholeAnswers: { enabled: false } });
});
afterAll(() => graph.close());
beforeEach(async () => {
  await graph.evictAll();
  graph.taken();
});

const codes = ({ errors = [] }: { errors?: readonly { extensions: { code: string } }[] }): string[] =>
  errors.map(({ extensions }) => extensions.code);

describe('a field whose scope the caller lacks', () => {
  it.each([
    ['by name', '{ order(id: "o0") { id customer { name } } }', 'acme'],
    ['by an alias', '{ order(id: "o1") { id n: note } }', 'zeta'],
    ['by a fragment', '{ order(id: "o1") { id ...F } } fragment F on Order { note }', 'zeta'],
    ['by an inline fragment', '{ order(id: "o1") { id ... { note } ... on Order { x: note } } }', 'zeta'],
    ['through an interface', '{ node(id: "o1") { id ... on Order { note } } }', 'zeta'],
    ['through a union', '{ things { ... on Order { id note } } }', 'zeta'],
    [
      'where it is included by a variable',
      'query ($v: Boolean = true) { order(id: "o1") { id note @include(if: $v) } }',
      'zeta',
    ],
    ['within a list', '{ orders(first: 2) { nodes { id note } } }', 'zeta'],
    ['within the edges of a list', '{ orders(first: 2) { edges { node { id note } } } }', 'zeta'],
    ['in what a mutation gives', 'mutation { rename(id: "a1", name: "b") { id name stock } }', 'nobody'],
  ])('Z01: %s, is null with FORBIDDEN, and nothing is asked for it', async (how, query, as) => {
    if (how === 'by name') {
      expect((await graph.ask(query, { as })).data).toEqual({
        order: { id: 'o0', customer: { name: 'customer c0' } },
      });
      return;
    }
    const answer = await graph.ask(query, { as });
    expect(answer.status).toBe(200);
    expect(new Set(codes(answer))).toEqual(new Set(['FORBIDDEN']));
    expect(answer.text).not.toMatch(/note \d/);
    expect(graph.taken().filter((each) => /^(customer|stock)/.test(each))).toEqual([]);
  });

  it('Z01: makes no call of its own or below it, under a list that is asked ahead', async () => {
    const query =
      '{ orders(first: 3) { nodes { id customer { name } article { id stock supplier { name } } } } }';
    const answer = await graph.ask(query, { as: 'zeta' });
    expect(codes(answer)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
    const taken = graph.taken();
    expect(taken.filter((each) => each.startsWith('customer'))).toEqual([]);
    expect(taken.filter((each) => each.startsWith('stock')).length).toBeGreaterThan(0);
    expect((await graph.ask(query, { as: 'acme' })).errors).toBeUndefined();
    expect(graph.taken().filter((each) => each.startsWith('customer'))).toHaveLength(3);
  });

  it('is there for whoever was granted one whole list of scopes', async () => {
    const note = async (scopes: readonly string[]) => {
      const open = await openGuardedGraph(
        {},
        { granted: { id: 'g', audience: 'PARTNER', tenant: 'acme', scopes: new Set(scopes) } },
      );
      const { data } = await open.ask('{ order(id: "o0") { note } }', { as: 'granted' });
      await open.close();
      return (data as { order: { note: string | null } }).order.note;
    };
    expect(await note(['notes:read'])).toBe('note 0');
    expect(await note(['all:read', 'notes'])).toBe('note 0');
    expect(await note(['all:read'])).toBeNull();
    expect(await note(['notes'])).toBeNull();
    expect(await note([])).toBeNull();
  });

  it('needs a proven caller where the contract says so', async () => {
    expect((await graph.ask('{ article(id: "a1") { stock } }', { as: 'clerk' })).data).toEqual({
      article: { stock: 2 },
    });
    graph.taken();
    const answer = await graph.ask('{ article(id: "a1") { stock } }', { as: 'nobody' });
    expect(answer.data).toEqual({ article: { stock: null } });
    expect(codes(answer)).toEqual(['FORBIDDEN']);
    expect(graph.taken().filter((each) => each.startsWith('stock'))).toEqual([]);
  });

  it('Z04: makes its parent null where it is non-null, and nothing beside it leaks', async () => {
    const answer = await graph.ask('{ a: article(id: "a1") { name cost } b: article(id: "a2") { name } }', {
      as: 'acme',
    });
    expect(answer.data).toEqual({ a: null, b: { name: 'article a2' } });
    expect(codes(answer)).toEqual(['FORBIDDEN']);
    expect(answer.text).not.toContain('article a1');
  });
});

describe('an object of another owner', () => {
  /** The answer for an object that is there, and for one that is not, as the same caller reads them. */
  async function expectMissing(ask: (id: string) => string, as: string, id = 'o1') {
    const read = async (of: string) =>
      (await graph.ask(ask(of), { as })).text.replaceAll(/"requestId":"[^"]*"/g, '').replaceAll(of, '?');
    expect(await read(id)).toBe(await read('o99'));
  }

  it('Z05: answers as a missing one, by id, by node and through a union', async () => {
    for (const as of ['acme', 'stray', 'nobody', 'clerk']) {
      await expectMissing((id) => `{ order(id: "${id}") { id state article { id } } }`, as);
      await expectMissing((id) => `{ node(id: "${id}") { id __typename } }`, as);
    }
    expect((await graph.ask('{ order(id: "o1") { id } }', { as: 'zeta' })).data).toEqual({
      order: { id: 'o1' },
    });
    expect((await graph.ask('{ order(id: "o2") { id } }', { as: 'zeta' })).data).toEqual({ order: null });
    expect((await graph.ask('{ things { ... on Order { id } } }', { as: 'zeta' })).data).toEqual({
      things: [{}, { id: 'o1' }],
    });
  });

  it('Z05: has nothing asked for what hangs on it', async () => {
    await graph.ask('{ order(id: "o1") { id article { id stock } } }', { as: 'acme' });
    expect(graph.taken()).toEqual(['order {"id":"o1"}']);
    await graph.ask('{ ordersByIds(ids: ["o0", "o1"]) { id article { id } } }', { as: 'acme' });
    expect(graph.taken().filter((each) => each.startsWith('article'))).toEqual(['article {"id":"a0"}']);
  });

  it('Z05: stands in no list of mixed ids', async () => {
    const ask = (as: string) =>
      graph.ask('{ ordersByIds(ids: ["o0", "o1", "o3", "o4", "o2"]) { id } }', { as });
    expect((await ask('acme')).data).toEqual({ ordersByIds: [{ id: 'o0' }, { id: 'o3' }] });
    expect((await ask('zeta')).data).toEqual({ ordersByIds: [{ id: 'o1' }, { id: 'o4' }] });
    expect((await ask('stray')).data).toEqual({ ordersByIds: [] });
    expect((await ask('chief')).data).toMatchObject({ ordersByIds: [{}, {}, {}, {}, {}] });
  });

  it('Z05: is not told of by the size, the count or the cursors of a page', async () => {
    const query = (first: number, after?: string) =>
      `{ orders(first: ${first}${after ? `, after: "${after}"` : ''}) { count nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
    const page = async (as: string, first: number, after?: string) =>
      (await graph.ask(query(first, after), { as })).data?.orders as {
        count: number;
        nodes: { id: string }[];
        pageInfo: { hasNextPage: boolean };
      };
    const own = await page('acme', 4);
    expect(own).toMatchObject({ count: 4, pageInfo: { hasNextPage: false } });
    expect(own.nodes.map(({ id }) => id)).toEqual(['o0', 'o3', 'o6', 'o9']);
    // A cursor of somebody else's is a place among one's own.
    const forged = await page('acme', 10, 'o1');
    expect(forged.nodes.every(({ id }) => Number(id.slice(1)) % 3 === 0)).toBe(true);
    expect((await page('chief', 100)).count).toBe(12);
    expect((await graph.ask(query(5), { as: 'stray' })).data).toEqual({ orders: null });
    expect(
      graph
        .taken()
        .filter((each) => each.startsWith('page'))
        .map((each) => JSON.parse(each.slice(5)).tenant),
    ).toEqual(expect.arrayContaining(['acme', undefined]));
  });

  it('is seen by the company only with the scope that lifts ownership', async () => {
    expect((await graph.ask('{ order(id: "o1") { id } }', { as: 'clerk' })).data).toEqual({ order: null });
    expect((await graph.ask('{ order(id: "o1") { id } }', { as: 'chief' })).data).toEqual({
      order: { id: 'o1' },
    });
    const lifted = await openGuardedGraph({ access: { everyOwnerScope: '*' } });
    expect((await lifted.ask('{ order(id: "o1") { id } }', { as: 'clerk' })).data).toEqual({
      order: { id: 'o1' },
    });
    expect((await lifted.ask('{ order(id: "o1") { id } }', { as: 'acme' })).data).toEqual({ order: null });
    await lifted.close();
  });
});
