import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeProblem, type ProblemsError } from '../../../src/config/problems.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import type { OperationSpec } from '../../../src/operations/operation.ts';
import { mutation, query } from '../../../src/transports/graphql/builders.ts';
import { graphql } from '../../../src/transports/graphql/graphql.ts';
import type { GraphQLOptions } from '../../../src/transports/graphql/options.ts';

const schema = new URL('./catalog.graphql', import.meta.url);

/** What keeps a datasource with one operation, `book`, from being opened; empty where nothing does. */
async function problemsOf(
  book: OperationSpec<never, unknown>,
  options: Partial<GraphQLOptions<OperationSpecs>> = {},
): Promise<readonly string[]> {
  const source = graphql('catalog', {
    url: 'http://127.0.0.1:1',
    ...options,
    operations: { book: book as OperationSpec<object, unknown> },
  });
  try {
    await (await openEngine([source], { variables: {}, placeOf: () => 'datasources/catalog.ts' })).close();
    return [];
  } catch (error) {
    return (error as ProblemsError).problems.map(describeProblem);
  }
}

const read = (document: string, more: object = {}) => query<never, unknown>({ document, ...more });

describe('a document', () => {
  it('may be started with', async () => {
    const good = [
      read('{ count }'),
      read('query Book($isbn: ID!) { book(isbn: $isbn) { ...B } } fragment B on Book { title }'),
      read('query ($f: Filter) { books(filter: $f) { title } count }', { select: 'books' }),
      read('query ($isbn: ID!) { book(isbn: $isbn) { author { name } } }', { select: 'book.author.name' }),
      mutation<never, unknown>`mutation ($isbn: ID!) { lend(isbn: $isbn) { title } }`,
    ];
    for (const spec of good)
      expect([await problemsOf(spec), await problemsOf(spec, { schema })]).toEqual([[], []]);
  });

  it.each([
    ['{ book(isbn: ', 'Syntax Error: Unexpected <EOF>. (line 1, column 14) Mend the document.'],
    ['', 'Syntax Error: Unexpected <EOF>.'],
    ['{ count } { count }', 'holds 2 operations, where one is expected. Give each operation a `query` or'],
    ['fragment B on Book { title }', 'holds 0 operations'],
    [
      'subscription { count }',
      'is a subscription: a backend is asked, and answers once. Ask for the present',
    ],
    ['mutation { lend(isbn: "1") { title } }', 'is a mutation, not a query. Define it with `mutation`.'],
    [
      'query ($isbn: ID!) { count }',
      'Variable "$isbn" is never used. (line 1, column 8) Use the variable, or',
    ],
    ['{ book(isbn: $isbn) { title } }', 'Variable "$isbn" is not defined. (line 1, column 14) Declare the'],
    ['{ book(isbn: "1") { ...B } }', 'Unknown fragment "B".'],
    ['{ count } fragment B on Book { title }', 'Fragment "B" is never used.'],
    [
      '{ ...Q } fragment Q on Query { count }',
      'must hold fields, and no fragments (line 1). Write the fields',
    ],
    ['{ book(isbn: "1") { ... @defer { title } } }', '`@defer` makes an answer of several parts (line 1).'],
    ['{ count } type Query { count: Int }', 'The "Query" definition is not executable.'],
    ['{ a: count a: books { title } }', 'Fields "a" conflict'],
    [
      '{ book(isbn: "1") { ...B } } fragment B on Book { author { ...A } } fragment A on Author { ...A }',
      'Cannot spread fragment "A" within itself',
    ],
  ])('is refused, with its place and the mend: %s', async (document, message) => {
    const problems = await problemsOf(read(document));
    expect(problems[0]).toMatch(/^datasources\/catalog\.ts {2}catalog\.book\n/);
    expect(problems.join('\n')).toContain(message);
  });

  it('is refused with all that is wrong at once', async () => {
    const problems = await problemsOf(read('query ($a: ID!) {\n  book(isbn: $b) { ...C }\n}'));
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).toContain('(line 2, column 14)');
  });

  it('never holds a value: a template takes none', async () => {
    const tag = query as unknown as (
      strings: TemplateStringsArray,
      ...values: unknown[]
    ) => ReturnType<typeof read>;
    const isbn = '1") { title } count: book(isbn: "2';
    expect((await problemsOf(tag`{ book(isbn: "${isbn}") { title } }`))[0]).toContain(
      'A value stands in the text of the document. Declare a variable, `$name`',
    );
  });

  it('is held against the schema, where there is one', async () => {
    const document = 'query ($isbn: Int!) { book(isbn: $isbn) { titel price } magazine { title } }';
    expect(await problemsOf(read(document))).toEqual([]);
    const said = (await problemsOf(read(document), { schema })).join('\n');
    expect(said).toContain('Cannot query field "titel" on type "Book". Did you mean "title"?');
    expect(said).toContain('Cannot query field "magazine" on type "Query".');
    expect(said).toContain('Variable "$isbn" of type "Int!" used in position expecting type "ID!".');
    expect(said).toContain('Field "price" argument "currency" of type "String!" is required');
  });

  it('has its operations put together only where they may be: a directive with a variable is in the way', async () => {
    const document = 'query ($t: Int!, $isbn: ID!) @cached(ttl: $t) { book(isbn: $isbn) { title } }';
    expect((await problemsOf(read(document)))[0]).toContain('or say `aliases: false`');
    expect(await problemsOf(read(document, { aliases: false }))).toEqual([]);
    expect(await problemsOf(read(document), { aliases: false })).toEqual([]);
  });
});

describe('a selection', () => {
  const document = 'query ($isbn: ID!) { book(isbn: $isbn) { author { name } } }';
  it.each([
    ['boot', 'the document selects no `boot`. Select it, or name one of book.'],
    ['book.title', 'the document selects no `title` in book. Select it, or name one of author.'],
    ['book.author.name.first', 'the document selects no `first` in book.author.name.'],
    ['book..author', '`select` must be a dotted path'],
    ['', '`select` must be a dotted path'],
  ])('leads somewhere: not %s', async (select, message) => {
    expect((await problemsOf(read(document, { select })))[0]).toContain(message);
  });
});

describe('options', () => {
  const document = '{ count }';
  it.each([
    ['of an operation', { timeout: 1 }, {}, 'There is no option `timeout`'],
    ['of a datasource', {}, { baseUrl: 'http://x' }, 'There is no option `baseUrl`'],
    ['a count', { maxInputs: 0 }, {}, '`maxInputs` must be a whole number of at least 1, but is 0.'],
    ['a count without aliases', { maxInputs: 5, aliases: false }, {}, 'with `aliases: false` there is one'],
    ['a code', { onError: { GONE: 'GONE' } }, {}, '`onError` maps GONE to `GONE`, which is no error code.'],
    ['a coded error', {}, { onError: { GONE: { code: 'X' } } }, '`onError` maps GONE to `X`'],
    ['an address', {}, { url: 'catalog' }, '`url` must be an address'],
    ['a header', {}, { headers: { Host: 'x' } }, 'The header `Host` is set by the connection.'],
    ['a header’s value', {}, { headers: { 'X-A': 'a\r\nb' } }, 'The value of the header `X-A` holds'],
    ['a path', {}, { healthPath: 'health' }, '`healthPath` must begin with a slash.'],
    ['a schema on the network', {}, { schema: new URL('http://x/s') }, '`schema` must be a file'],
  ])('that cannot be meant stop the start: %s', async (_, own, shared, message) => {
    expect((await problemsOf(read(document, own), shared as object))[0]).toContain(message);
  });

  it('of a query are none of a mutation', async () => {
    const lend = mutation<never, unknown>({
      document: 'mutation { lend(isbn: "1") { title } }',
      aliases: true,
    } as never);
    expect((await problemsOf(lend))[0]).toContain('There is no option `aliases`');
  });
});

describe('a schema', () => {
  it('that cannot be read, or is none, stops the start; what it says is part of the version', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-sdl-'));
    try {
      const file = pathToFileURL(join(folder, 'catalog.graphql'));
      const from = (text: string) =>
        writeFile(file, text).then(() => problemsOf(read('{ count }'), { schema: file }));
      expect((await problemsOf(read('{ count }'), { schema: file }))[0]).toContain(
        'The file catalog.graphql cannot be read: ENOENT.',
      );
      expect((await from('type Query {\n  count Int\n}'))[0]).toMatch(
        /is no schema \(line 2, column 9\): Syntax/,
      );
      expect((await from('type Query { count: Nothing }'))[0]).toContain('Unknown type "Nothing"');
      expect((await from('type Book { title: String }'))[0]).toContain('Query root type must be provided');
      const versionOf = async (text: string) => {
        await writeFile(file, text);
        const source = graphql('catalog', {
          url: 'http://127.0.0.1:1',
          schema: file,
          operations: { count: query<object, number>`{ count }` },
        });
        await (await openEngine([source], { variables: {} })).close();
        return source.count.info.version;
      };
      const first = await versionOf('type Query { count: Int }');
      expect(await versionOf('type Query { count: Int }')).toBe(first);
      expect(await versionOf('type Query { count: Int! }')).not.toBe(first);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
