import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readSchema } from '../../src/graph/schema-files.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function projectWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tributary-schema-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

async function told(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { problems } = await readSchema(projectWith(files));
  return problems.map(({ place, message }) => `${place} ${message}`);
}

describe('the contract of a project', () => {
  it('may be spread over files and folders, with extensions', async () => {
    const { schema, problems } = await readSchema(
      projectWith({
        'schema/a.graphql': 'extend type Query { b: Int @deprecated }\n',
        'schema/deep/b.graphql': 'type Query @cacheControl(maxAge: 5) { a: Int }\n',
        'schema/empty.graphql': '# nothing yet\n',
        'schema/notes.md': 'type Query {',
      }),
    );
    expect(problems).toEqual([]);
    expect(Object.keys(schema?.getQueryType()?.getFields() ?? {})).toEqual(['a', 'b']);
  });

  it('has the syntax errors of all files listed, with line and column', async () => {
    expect(
      await told({ 'schema/a.graphql': 'type Query {\n  a: \n}', 'schema/b.graphql': 'tpye B { a: Int }' }),
    ).toEqual([
      'schema/a.graphql:3:1 Syntax Error: Expected Name, found "}".',
      'schema/b.graphql:1:1 Syntax Error: Unexpected Name "tpye".',
    ]);
  });

  it('has everything listed that does not fit together', async () => {
    const lines = await told({
      'schema/a.graphql': 'type Query {\n  a: Nowhere\n  b: Int @nonsense\n}',
      'schema/b.graphql': 'type Query { c: Int }',
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        'schema/a.graphql:2:6 Unknown type "Nowhere".',
        'schema/a.graphql:3:10 Unknown directive "@nonsense".',
        'schema/b.graphql:1:6 There can be only one type named "Query". It stands in `schema/a.graphql:1:6` as well.',
      ]),
    );
  });

  it('must be valid as a whole: a query type, interfaces kept', async () => {
    expect(await told({ 'schema/a.graphql': 'type A { a: Int }' })).toEqual([
      'schema Query root type must be provided.',
    ]);
    const lines = await told({
      'schema/a.graphql': 'type Query implements Node { a: Int }\ninterface Node { id: ID! }',
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^schema\/a\.graphql:\d+:\d+ Interface field Node\.id expected/);
  });

  it('must be there', async () => {
    expect(await told({ 'resolvers/a.ts': '' })).toEqual(['schema The project has no folder `schema/`.']);
    expect(await told({ 'schema/a.graphql': '' })).toEqual(['schema The folder `schema/` holds no type.']);
  });
});
