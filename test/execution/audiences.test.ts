import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedGraph, openGuardedGraph } from './guarded-graph.ts';

let graph: GuardedGraph;
beforeAll(async () => {
  graph = await openGuardedGraph();
});
afterAll(() => graph.close());

/** The answer as text, without what is another one each time. */
async function told(as: string, query: string, variables?: object): Promise<string> {
  const { status, text } = await graph.ask(query, { as, ...(variables && { variables }) });
  return `${status} ${text.replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')}`;
}

/** Asks twice, once with a hidden name and once with one that nothing has; the answers differ in that name alone. */
async function expectSame(as: string, ask: (name: string) => string, hidden: string, absent: string) {
  const [one, other] = [await told(as, ask(hidden)), await told(as, ask(absent))];
  expect(one.replaceAll(hidden, '?')).toBe(other.replaceAll(absent, '?'));
  expect(one).toContain('"errors"');
  expect(graph.taken()).toEqual([]);
}

describe('what is outside the contract of an audience', () => {
  it('Z08, L03: is told in the same words as what never was, wherever it is named', async () => {
    await expectSame('nobody', (name) => `{ ${name}(id: "x1") { id } }`, 'audit', 'nadit');
    await expectSame('nobody', (name) => `{ article(id: "a1") { ${name} } }`, 'margin', 'morgin');
    await expectSame(
      'nobody',
      (name) => `{ article(id: "a1") { ${name} { name } } }`,
      'supplier',
      'sopplier',
    );
    await expectSame('nobody', (name) => `{ node(id: "x1") { ... on ${name} { by } } }`, 'Audit', 'Nudit');
    await expectSame(
      'acme',
      (name) => `{ node(id: "x1") { ...F } } fragment F on ${name} { id }`,
      'Audit',
      'Nudit',
    );
    await expectSame('nobody', (name) => `{ find(state: ${name}) { id } }`, 'HELD', 'HOLD');
    await expectSame('nobody', (name) => `{ find(filter: { ${name}: 3 }) { id } }`, 'margin', 'morgin');
    await expectSame(
      'acme',
      (name) => `query ($f: ${name}) { find { id @include(if: $f) } }`,
      'Audit',
      'Nudit',
    );
  });

  it('L03: is not found by introspection, which shows each audience its own contract', async () => {
    const type = (name: string) => `{ __type(name: "${name}") { name } }`;
    expect(await told('nobody', type('Audit'))).toBe(await told('nobody', type('Nudit')));
    expect(await told('acme', type('Supplier'))).toContain('Supplier');
    const types = '{ __schema { types { name fields { name } } directives { name } } }';
    expect(await told('nobody', types)).not.toMatch(/Audit|Supplier|margin|supplier|requiresScopes/);
    expect(await told('chief', types)).toMatch(/margin.*Audit/s);
    const members = '{ __type(name: "Thing") { possibleTypes { name } } }';
    expect(await told('nobody', members)).not.toContain('Audit');
    expect(await told('nobody', '{ __type(name: "State") { enumValues { name } } }')).not.toContain('HELD');
    expect(await told('nobody', '{ __type(name: "Filter") { inputFields { name } } }')).not.toContain(
      'margin',
    );
  });

  it('L01: is not suggested for a name that is nearly right', async () => {
    for (const query of [
      '{ audi(id: 1) { id } }',
      '{ article(id: 1) { margn } }',
      '{ node(id: 1) { ... on Audt { id } } }',
    ])
      for (const as of ['nobody', 'acme', 'chief'])
        expect(await told(as, query)).not.toMatch(/Did you mean|audit\b|margin|Audit/);
  });

  it('L02: is not suggested for a variable that is nearly right, nor named where something is missing', async () => {
    const query = 'query ($filter: Filter, $state: State) { find(filter: $filter, state: $state) { id } }';
    const hidden = await told('nobody', query, { filter: { margin: 3 } });
    expect(hidden.replaceAll('margin', '?')).toBe(
      (await told('nobody', query, { filter: { morgin: 3 } })).replaceAll('morgin', '?'),
    );
    expect(hidden).toContain('BAD_USER_INPUT');
    expect(await told('nobody', query, { state: 'HELD' })).toBe(
      await told('nobody', query, { state: 'HOLD' }),
    );
    expect(await told('chief', query, { state: 'HELD' })).toContain('"data"');
    expect(graph.taken().filter((each) => !each.startsWith('articles'))).toEqual([]);
  });

  it('Z09: stays outside when the company has asked the same text before', async () => {
    const query = '{ article(id: "a2") { id margin } }';
    for (let round = 0; round < 2; round += 1) {
      expect(await told('chief', query)).toContain('"margin":3');
      expect(await told('acme', query)).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(await told('nobody', query)).toContain('GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('is missing where an object of a hidden type would be the answer', async () => {
    const node = '{ node(id: "x1") { __typename id } }';
    expect((await graph.ask(node, { as: 'chief' })).data).toEqual({
      node: { __typename: 'Audit', id: 'x1' },
    });
    const hidden = await graph.ask(node, { as: 'acme' });
    expect(hidden.text).toBe(
      (await graph.ask('{ node(id: "nowhere") { __typename id } }', { as: 'acme' })).text,
    );
    expect(hidden.data).toEqual({ node: null });
    const things = '{ things { ... on Article { id } ... on Order { id } } }';
    expect((await graph.ask(things, { as: 'nobody' })).data).toEqual({ things: [{ id: 'a1' }] });
    expect((await graph.ask(things, { as: 'acme' })).data).toEqual({ things: [{ id: 'o0' }, { id: 'a1' }] });
  });
});

describe('options for each audience', () => {
  it('answer introspection for those that are named', async () => {
    const named = await openGuardedGraph({ introspection: ['INTERNAL'] });
    const ask = (as: string) => named.ask('{ __schema { queryType { name } } }', { as });
    expect((await ask('chief')).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    expect((await ask('acme')).text).toContain('INTROSPECTION_DISABLED');
    await named.close();
  });
});
