import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeProblem, type ProblemsError } from '../../../src/config/problems.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { query } from '../../../src/transports/graphql/builders.ts';
import { usualCodes } from '../../../src/transports/graphql/error-codes.ts';
import { graphql } from '../../../src/transports/graphql/graphql.ts';
import { graphqlDefaults } from '../../../src/transports/graphql/options.ts';
import { httpServer, sendJson } from '../../support/http-server.ts';
import { openDatasource } from '../../support/open-datasource.ts';

const read = (file: string) => readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('docs/graphql.md', () => {
  let page: string;
  beforeAll(async () => {
    page = await read('docs/graphql.md');
  });

  it('shows the document that three inputs are', async () => {
    const shown = /```graphql\n([\s\S]*?)```/.exec(page)?.[1];
    const server = await httpServer((_, response) => sendJson(response, {}));
    const catalog = graphql('catalog', {
      url: server.url,
      operations: {
        copies: query<{ isbn: string }, number>`query Copies($isbn: ID!) { stock(isbn: $isbn) { free } }`,
      },
    });
    const open = await openDatasource(catalog as never);
    await open.ask(
      catalog.copies,
      ['1', '2', '3'].map((isbn) => ({ isbn })),
    );
    await open.close();
    await server.stop();
    expect(`${JSON.parse(server.received[0]?.body ?? '').query}\n`).toBe(shown);
  });

  it('shows what is said of a document that does not fit', async () => {
    const shown = /```\n(datasources[\s\S]*?)\n```/.exec(page)?.[1];
    const schema = new URL('../../../examples/bookshop/datasources/catalog.graphql', import.meta.url);
    const author = query<{ id: string }, unknown>`query Author($id: ID!) { author(id: $id) { fullName } }`;
    const catalog = graphql('catalog', { url: 'http://127.0.0.1:1', schema, operations: { author } });
    const opening = openEngine([catalog as never], {
      variables: {},
      placeOf: (name) => `datasources/${name}.ts`,
    });
    const failure = (await opening.catch((error: unknown) => error)) as ProblemsError;
    expect(failure.problems.map(describeProblem)).toEqual([shown]);
  });

  it('tells of every code that is known, and of the size of a batch', () => {
    const table = page.slice(
      page.indexOf('| `extensions.code` |'),
      page.indexOf('`onError`, on the datasource'),
    );
    for (const [theirs, ours] of Object.entries(usualCodes)) {
      if (theirs === 'INTERNAL_SERVER_ERROR') continue;
      const row = table.split('\n').find((line) => line.split('|')[1]?.includes(`\`${theirs}\``));
      expect([theirs, row]).toEqual([
        theirs,
        expect.stringContaining(theirs === ours ? 'the same' : `\`${ours}\``),
      ]);
    }
    expect(page).toContain(`holds at most (${graphqlDefaults.maxInputs})`);
  });
});
