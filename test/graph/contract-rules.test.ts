import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/config/problems.ts';
import { load } from './load.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** What is wrong with a project of this contract. */
async function problems(sdl: string, config = '{}'): Promise<readonly Problem[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tributary-contract-'));
  folders.push(folder);
  for (const name of ['schema', 'resolvers', 'datasources']) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, 'schema/a.graphql'), sdl);
  writeFileSync(path.join(folder, 'resolvers/a.ts'), 'export const Query = { a: () => null };');
  writeFileSync(path.join(folder, 'tributary.config.ts'), `export default ${config};`);
  return (await load(folder)).problems;
}

const places = async (sdl: string, config?: string) =>
  (await problems(sdl, config)).map(({ place, subject, message }) => `${place} ${subject ?? ''} ${message}`);

describe('the directives of a contract', () => {
  it.each([
    ['@requireScopes(scopes: [["a"]])', 'Unknown directive "@requireScopes".'],
    ['@access__requiresScopes(scopes: [["a"]])', 'Unknown directive "@access__requiresScopes".'],
    ['@audience(only: [STAFF])', /`@audience` cannot be read: Argument "only" has invalid value \[STAFF\]/],
    ['@audience', /argument "only" of type "\[Audience!\]!" is required/],
  ])('Z03: stop the start where %s is none of them, with its place', async (directive, message) => {
    const [problem, ...more] = await problems(`type Query {\n  a: Int ${directive}\n}`);
    expect(more).toEqual([]);
    expect(problem?.place).toMatch(/^schema\/a\.graphql:2:\d+$/);
    expect(problem?.message).toMatch(message);
  });

  it('Z03: cannot be declared anew, nor brought in under another name', async () => {
    const declared = 'directive @authenticated on FIELD_DEFINITION\ntype Query { a: Int @authenticated }';
    expect((await places(declared)).join('\n')).toContain(
      'There can be only one directive named "@authenticated"',
    );
    const linked =
      'extend schema @link(url: "x", import: [{ name: "@authenticated", as: "@auth" }])\ntype Query { a: Int @auth }';
    expect((await places(linked)).join('\n')).toMatch(
      /Unknown directive "@link"[\s\S]*Unknown directive "@auth"/,
    );
  });

  it('make sense', async () => {
    const field = (directive: string) =>
      `type Query {\n  a(first: Int): T ${directive}\n}\ntype T { b: Int, c: [Int] }`;
    expect(await places(field('@requiresScopes(scopes: [["x"], []])'))).toEqual([
      'schema/a.graphql:2:3 Query.a `@requiresScopes` has an empty list of scopes, which would let everybody in.',
    ]);
    expect(await places(field('@cost(weight: -1)'))).toEqual([
      'schema/a.graphql:2:3 Query.a `@cost` has a negative weight.',
    ]);
    expect(await places(field('@listSize(slicingArguments: ["last"], sizedFields: ["b"])'))).toEqual([
      'schema/a.graphql:2:3 Query.a `@listSize` names the slicing argument `last`, which the field does not have.',
      'schema/a.graphql:2:3 Query.a `@listSize` names the sized field `b`, which is no list of `T`.',
    ]);
    expect(await places(field('@listSize(slicingArguments: ["first"], sizedFields: ["c"])'))).toEqual([]);
  });

  it('say for whom each field is, where that is asked for', async () => {
    const config = "{ access: { explicitAudiences: ['PARTNER'] } }";
    expect(
      await places(
        'type Query { a: T @audience(only: [OPEN, PARTNER, INTERNAL]) }\ntype T { b: Int }',
        config,
      ),
    ).toEqual([
      'schema/a.graphql:2:10 T.b Nothing says whether `PARTNER` is to see it, and `access.explicitAudiences` asks for that.',
    ]);
    expect(await places('type Query { a: Int @audience(only: [OPEN, PARTNER, INTERNAL]) }', config)).toEqual(
      [],
    );
  });

  it('give every audience a contract that holds, or stop the start with the place', async () => {
    expect(await places('type Query {\n  a: T\n}\ntype T @audience(only: [INTERNAL]) { b: Int }')).toEqual([
      'schema/a.graphql:2:3 Query.a For `OPEN` and `PARTNER`: It is seen, but its type `T` is not.',
    ]);
  });
});

describe('the manifest of registered operations', () => {
  it('must be there, and be JSON', async () => {
    expect(await places('type Query { a: Int }', "{ documents: { manifest: 'none.json' } }")).toEqual([
      'none.json documents.manifest There is no such file or folder.',
    ]);
    expect(await places('type Query { a: Int }', "{ documents: { manifest: 'resolvers/a.ts' } }")).toEqual([
      'resolvers/a.ts documents.manifest The manifest is not JSON.',
    ]);
    expect(await places('type Query { a: Int }', "{ documents: { manifest: 'schema' } }")).toEqual([]);
  });
});
