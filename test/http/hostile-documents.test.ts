import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestServer, type TestServer } from './test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const times = (count: number, piece: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => piece(index)).join(' ');

/** 60 fragments of 12 fields, all in one place: 720 fields of which no two have one name, and 1,770 pairs of spreads. */
const manyFragments = `{ thing(id: 1) { ${times(60, (i) => `...F${i}`)} } } ${times(
  60,
  (i) => `fragment F${i} on Thing { ${times(12, (j) => `n${j}: name`)} }`,
)}`;

const cases: readonly (readonly [what: string, query: string, codes: readonly string[]])[] = [
  ['G01: one field 20,000 times', `{ ${'hello '.repeat(20_000)}}`, ['MAX_TOKENS_EXCEEDED']],
  [
    'G01: one field 1,500 times',
    `{ ${'hello '.repeat(1_500)}}`,
    ['QUERY_TOO_COMPLEX', 'MAX_ROOT_FIELDS_EXCEEDED'],
  ],
  ['G01: __typename 10,000 times', `{ ${'__typename '.repeat(10_000)}}`, ['MAX_TOKENS_EXCEEDED']],
  [
    'G01: one field of an object 1,500 times',
    `{ thing(id: 1) { ${'name '.repeat(1_500)}} }`,
    ['QUERY_TOO_COMPLEX'],
  ],
  ['G02: 60 fragments of 12 aliased fields', manyFragments, ['MAX_ALIASES_EXCEEDED', 'MAX_TOKENS_EXCEEDED']],
  [
    'G02: 20 times 20 equal fields inside each other',
    `{ thing(id: 1) { ${times(20, () => `self { ${times(20, () => 'self { name }')} }`)} } }`,
    ['QUERY_TOO_COMPLEX'],
  ],
  [
    'G03: 1,000 aliases of an expensive field',
    `{ ${times(1_000, (i) => `a${i}: thing(id: ${i}) { name }`)} }`,
    ['MAX_ALIASES_EXCEEDED'],
  ],
  [
    'G04: 14,000 directives that nobody knows',
    `{ hello ${'@aa '.repeat(14_000)}}`,
    ['MAX_DIRECTIVES_EXCEEDED'],
  ],
  ['G04: 500 times @include', `{ hello ${'@include(if: true) '.repeat(500)}}`, ['MAX_DIRECTIVES_EXCEEDED']],
  [
    'G05: 1,000 levels',
    `{ thing(id: 1) ${'{ self '.repeat(1_000)}${'}'.repeat(1_001)}`,
    ['MAX_DEPTH_EXCEEDED'],
  ],
  [
    'G05: 100 levels, made by fragments',
    `{ thing(id: 1) { ...F0 } } ${times(100, (i) => `fragment F${i} on Thing { ${i < 99 ? `self { ...F${i + 1} }` : 'name'} }`)}`,
    ['MAX_DEPTH_EXCEEDED'],
  ],
  ['G06: 100,000 braces', '{'.repeat(100_000), ['MAX_DEPTH_EXCEEDED']],
  ['G06: 100,000 brackets of a value', `{ echo(text: ${'['.repeat(100_000)}`, ['MAX_DEPTH_EXCEEDED']],
  ['G06: 100,000 brackets of a type', `query($v: ${'['.repeat(100_000)}Int`, ['MAX_DEPTH_EXCEEDED']],
  [
    'G08: a cycle of two fragments',
    '{ thing(id: 1) { ...A } } fragment A on Thing { self { ...B } } fragment B on Thing { self { ...A } }',
    ['GRAPHQL_VALIDATION_FAILED'],
  ],
  ['G09: 120 KB of comments', '#\n'.repeat(60_000), ['MAX_TOKENS_EXCEEDED']],
  ['G09: 200 KB of commas', `{ hello ${','.repeat(200_000)} }`, ['MAX_TOKENS_EXCEEDED']],
  [
    'G10: introspection ten levels deep',
    `{ __schema { types { ${'fields { type { '.repeat(10)}name${' } }'.repeat(10)} } } }`,
    ['MAX_INTROSPECTION_DEPTH'],
  ],
  [
    'G10: 100 aliases of the introspection',
    `{ ${times(100, (i) => `a${i}: __schema { types { name } }`)} }`,
    ['MAX_INTROSPECTION_DEPTH'],
  ],
  [
    'G29: two operations and no name',
    'query A { hello } query B { hello }',
    ['OPERATION_RESOLUTION_FAILURE'],
  ],
];

describe('a document that is too much', () => {
  for (const [what, query, codes] of cases) {
    it(`${what}: is refused with its code, and no backend is asked`, async () => {
      const answer = await server.ask({ query }, { accept: 'application/graphql-response+json' });
      const { data, errors } = (await answer.json()) as {
        data?: unknown;
        errors: { message: string; extensions: { code: string } }[];
      };
      expect(answer.status).toBe(400);
      expect(data).toBeUndefined();
      expect(codes).toContain(errors[0]?.extensions.code);
      expect(errors[0]?.message).not.toContain('stack');
      expect(server.backend.counts.requests).toBe(0);
    });
  }

  it('G29: names its operation with 256 characters at most, and with one that exists', async () => {
    for (const operationName of ['x'.repeat(100_000), 'Nobody']) {
      const answer = await server.ask(
        { query: 'query A { hello } query B { hello }', operationName },
        { accept: 'application/graphql-response+json' },
      );
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] },
      ]);
    }
  });

  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'nothing at all': '',
    'half an object': '{bad',
    'a list': '[]',
    'a text': '"x"',
    'UTF-8 that is cut': new Uint8Array([0x7b, 0x22, 0xe2, 0x82]),
    'a NUL': '\u0000',
    'a byte order mark': '\ufeff{"query":"{ hello }"}',
    'JSON 100,000 levels deep': '['.repeat(100_000),
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`G19: ${what} for a body is refused in JSON`, async () => {
      const answer = await server.ask(body);
      const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
      expect(answer.status).toBe(400);
      expect(['BAD_REQUEST', 'BATCHING_DISABLED']).toContain(errors[0]?.extensions.code);
    });
  }
});
