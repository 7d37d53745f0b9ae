import { graphql } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Project } from '../../src/graph/project.ts';
import { loadProject } from '../../src/graph/project.ts';
import * as engineModule from '../../src/index.ts';
import { fixture, loadGood } from './load.ts';

interface Asked {
  readonly operation: string;
  readonly input: unknown;
}

/** Answers by operation, and notes what was asked. */
function contextOf(answers: Readonly<Record<string, unknown>>) {
  const asked: Asked[] = [];
  const load = async ({ info: { name } }: { info: { name: string } }, input: unknown) => {
    asked.push({ operation: name, input });
    return answers[name] ?? null;
  };
  return { asked, load, answer: load };
}

const ada = { id: '7', name: 'Ada', vehicleId: '9', years: 12 };

describe.each([
  ["through vitest's import", () => loadGood(fixture('small-project'))],
  [
    'through jiti',
    async () => {
      const { project, problems } = await loadProject(fixture('small-project'), {
        engineModule,
        variables: {},
      });
      expect(problems).toEqual([]);
      return project as Project;
    },
  ],
])('a project loaded %s', (_, loadIt) => {
  let project: Project;
  beforeAll(async () => {
    project = await loadIt();
  });

  it('has the bindings, the datasources and the configuration of its files', () => {
    expect([...project.bindings.keys()].sort()).toEqual(['Driver.vehicle', 'Query.driver', 'Query.drivers']);
    expect(project.bindings.get('Driver.vehicle')).toMatchObject({ place: 'resolvers/driver.ts:7' });
    expect(project.datasources.map(({ file, info }) => [file, info.name])).toEqual([
      ['datasources/fleet.ts', 'fleet'],
    ]);
    expect(project.config).toMatchObject({ port: 4999, adminPort: 4001 });
  });

  it('answers bound fields through the loader, with inputs from arguments and parents', async () => {
    const context = contextOf({ 'fleet.driver': ada, 'fleet.vehicle': { id: '9', plate: '00-AA' } });
    const source = '{ driver(id: "7") { name isSenior vehicle { plate } } }';
    const { data, errors } = await graphql({ schema: project.schema, source, contextValue: context });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ driver: { name: 'Ada', isSenior: true, vehicle: { plate: '[00-AA]' } } });
    expect(context.asked).toEqual([
      { operation: 'fleet.driver', input: { id: '7' } },
      { operation: 'fleet.vehicle', input: { id: '9' } },
    ]);
  });

  it('makes no call where an input under `ifPresent` is null', async () => {
    const context = contextOf({ 'fleet.driver': { ...ada, vehicleId: null } });
    const source = '{ driver(id: "7") { vehicle { plate } } }';
    const { data, errors } = await graphql({ schema: project.schema, source, contextValue: context });
    expect({ data, errors }).toEqual({ data: { driver: { vehicle: null } }, errors: undefined });
    expect(context.asked).toHaveLength(1);
  });

  it('makes edges and pageInfo of a page', async () => {
    const page = { nodes: [ada], cursors: ['c7'], hasNextPage: true, hasPreviousPage: false };
    const context = contextOf({ 'fleet.drivers': page });
    const source =
      '{ drivers { nodes { id } edges { cursor node { id } } pageInfo { hasNextPage startCursor endCursor } } }';
    const { data } = await graphql({ schema: project.schema, source, contextValue: context });
    expect(data).toEqual({
      drivers: {
        nodes: [{ id: '7' }],
        edges: [{ cursor: 'c7', node: { id: '7' } }],
        pageInfo: { hasNextPage: true, startCursor: 'c7', endCursor: 'c7' },
      },
    });
    expect(context.asked).toEqual([{ operation: 'fleet.drivers', input: { first: 3 } }]);
  });

  it('tells the types of a union with the function of its resolver file', async () => {
    const context = contextOf({ 'fleet.driver': ada, 'fleet.vehicle': { id: '9', plate: '1' } });
    const source = '{ search(text: "x") { __typename } }';
    const { data, errors } = await graphql({ schema: project.schema, source, contextValue: context });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ search: [{ __typename: 'Driver' }, { __typename: 'Vehicle' }] });
  });

  it('takes scalars from graphql-scalars, and hands their values on as JSON', async () => {
    const source = 'query ($at: DateTime!) { since(at: $at), again: since(at: "2025-06-30T19:59:30+02:00") }';
    const variableValues = { at: '2025-06-30T17:59:30Z' };
    const { data } = await graphql({
      schema: project.schema,
      source,
      variableValues,
      contextValue: contextOf({}),
    });
    expect(data).toEqual({ since: '2025-06-30T17:59:30.000Z', again: '2025-06-30T17:59:30.000Z' });
    const refused = await graphql({ schema: project.schema, source, variableValues: { at: 'today' } });
    expect(refused.errors?.[0]?.message).toContain('$at');
  });
});
