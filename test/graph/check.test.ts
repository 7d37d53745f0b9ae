import { describe, expect, it } from 'vitest';
import * as engineModule from '../../src/authoring.ts';
import { type CheckReport, checkProject } from '../../src/graph/check.ts';
import { fixture } from './load.ts';

const options = { engineModule, variables: {}, importModule: (file: string) => import(file) };

/** `place subject: message`, shortened to what tells mistakes apart. */
function told({ problems }: CheckReport): string[] {
  return problems.map(({ place, subject, message }) => `${place} ${subject ?? ''}: ${message}`);
}

describe('check', async () => {
  const report = await checkProject(fixture('check-project'), options);
  const lines = told(report);

  it.each([
    ['a type error, at its line', /^resolvers\/driver\.ts:19:24 Driver\.misspelt: .*vehcle.*\(TS2\d+\)\.$/],
    ['an unknown option', /^tributary\.config\.ts .*"prot"/],
    ['a module that throws', /^datasources\/broken\.ts:\d+:\d+ : .*the disk is full\.$/],
    ['two datasources of one name', /^datasources\/garage\.ts fleet: .*`datasources\/fleet\.ts` already/],
    ['a field without a place in the contract', /^resolvers\/query\.ts:8 Query\.unknown: .*no field/],
    ['an export that is no type', /^resolvers\/query\.ts:11 Drivr: .*no type/],
    ['an entry for an enum', /^resolvers\/query\.ts:13 Colour: /],
    [
      'an entry that is no binding and no function',
      /^resolvers\/driver\.ts:13 Driver\.name: .*but got a value of type string/,
    ],
    ['an operation that does not exist', /^resolvers\/driver\.ts:19 Driver\.misspelt: .*does not exist/],
    ['an argument that does not exist', /^resolvers\/driver\.ts:20 Driver\.byArgument: .*`nht`/],
    ['a write under a query', /^resolvers\/query\.ts:7 Query\.renamed: .*`fleet\.rename` writes/],
    ['a cached operation without scope', /^datasources\/fleet\.ts fleet\.driver: .*cached/],
    ['an unbatched operation under a list', /^resolvers\/driver\.ts:14 Driver\.vehicle: .*stands in lists/],
    ['a fan-out that is no count', /^resolvers\/driver\.ts:17 Driver\.oddVehicles: `fanOut` is 0/],
    [
      'a nullable result under a non-null field',
      /^resolvers\/driver\.ts:15 Driver\.firstVehicle: .*`Vehicle!`/,
    ],
    ['a scalar that nobody knows', /^schema\/schema\.graphql:28:1 Shade: /],
  ])('finds %s', (_, pattern) => {
    expect(lines.filter((line) => pattern.test(line))).toHaveLength(1);
  });

  it('says of each problem what to do', () => {
    for (const { mend } of report.problems) expect(mend).toMatch(/^[A-Z].*\.$/);
  });

  it('lets an unbatched operation stand under a list where the binding says how far it fans out', () => {
    expect(lines.join('\n')).not.toContain('Driver.fewVehicles');
  });

  it('notes operations that no field uses', () => {
    expect(report.notes).toEqual(['No field uses the operation `fleet.unused`.']);
  });

  it('is silent on a project in which nothing is wrong', async () => {
    const good = await checkProject(fixture('small-project'), options);
    expect(good).toEqual({ problems: [], notes: [], types: 7, bindings: 3, operations: 4 });
  });
});

describe('check of a project whose files can all be imported', () => {
  it('finds root fields without an entry, and datasources that nobody exports', async () => {
    const lines = told(await checkProject(fixture('bare-project'), options));
    expect(lines.filter((line) => /Query\.forgotten: .*no entry/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /Query\.hidden: .*`hidden\.things` belongs to/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /^tsconfig\.json : .*no `tsconfig\.json`/.test(line))).toHaveLength(1);
    expect(lines).toHaveLength(3);
  });

  it('names a folder that is no project', async () => {
    const lines = told(await checkProject(fixture('bare-project/datasources'), options));
    expect(lines.join('\n')).toContain('no folder `schema/`');
  });
});
