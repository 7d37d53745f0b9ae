import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as authoring from '../../src/authoring.ts';
import { everyone } from '../../src/caller.ts';
import { Rights } from '../../src/graph/access/rights.ts';
import { loadProject, type Project } from '../../src/graph/project.ts';
import { type Datasource, datasourceInfo } from '../../src/operations/datasource.ts';
import { openEngine } from '../../src/operations/engine.ts';
import { Loader } from '../../src/operations/loader.ts';
import type { DatasourceInfo } from '../../src/operations/operation.ts';
import type { Transport } from '../../src/operations/transport.ts';
import { contextOf, recordingTrace } from '../support/operations.ts';
import {
  type Backends,
  backendNames,
  board,
  callsOf,
  resetCalls,
  seedFleet,
  startBackends,
  variablesOf,
} from '../support/reference-graph.ts';

describe('Board without batching', () => {
  let folder: string;
  let backends: Backends;
  let variables: Record<string, string>;
  let project: Project;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-unbatched-'));
    backends = await startBackends();
    variables = { ...variablesOf(backends), FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
    await seedFleet(variables);
    const loaded = await loadProject('.', { engineModule: authoring, variables });
    expect(loaded.problems).toEqual([]);
    project = loaded.project as Project;
  });
  afterAll(async () => {
    await Promise.all(backendNames.map((name) => backends[name].process.stop()));
    await rm(folder, { recursive: true });
  });

  it('would ask hundreds of times what it asks seven times', async () => {
    const batched = await requestsOf(project.datasources.map(({ datasource }) => datasource));
    const single = await requestsOf(project.datasources.map(({ datasource }) => oneByOne(datasource)));
    expect(batched).toEqual({ http: 7, sql: 2 });
    console.log(
      `Board: ${batched.http} requests and ${batched.sql} statements batched, ${single.http} and ${single.sql} one by one`,
    );
    expect(single.http).toBeGreaterThan(30 * batched.http);
    expect(single.sql).toBeGreaterThan(50 * batched.sql);
  });

  async function requestsOf(datasources: readonly Datasource[]): Promise<{ http: number; sql: number }> {
    await resetCalls(backends);
    const engine = await openEngine(datasources, { variables });
    const { trace, events } = recordingTrace();
    const loader = new Loader(engine, contextOf({ trace, caller: everyone }));
    const contextValue = {
      caller: everyone,
      rights: new Rights(everyone, '*'),
      load: (operation: never, input: never) => loader.load(operation, input),
      answer: (operation: never, input: never) => loader.answer(operation, input),
    };
    const { errors } = await graphql({ schema: project.schema, source: board, contextValue });
    await engine.close();
    expect(errors).toBeUndefined();
    const http = Object.values(await callsOf(backends)).reduce((sum, calls) => sum + calls, 0);
    return { http, sql: events.filter((event) => /^wire \d/.test(event)).length - http };
  }
});

/** The same datasource, its transport carrying one input in each request. */
function oneByOne(datasource: Datasource): Datasource {
  const info = datasource[datasourceInfo];
  const single: DatasourceInfo = {
    ...info,
    async open(context) {
      const transport: Transport = await info.open(context);
      return { ...transport, prepare: (spec, name) => ({ ...transport.prepare(spec, name), maxInputs: 1 }) };
    },
  };
  const operations = Object.entries(datasource).map(([name, operation]) => {
    const { info: operationInfo } = operation;
    const adapters = [...operationInfo.spec.adapters, { name: 'single', definition: 1, adapt: oneInput }];
    // The bound fields know the operation by its info, so that object must stay: its parts are exchanged.
    return [name, { info: Object.assign(operationInfo, { spec: { ...operationInfo.spec, adapters } }) }];
  });
  return { ...Object.fromEntries(operations), [datasourceInfo]: single } as Datasource;
}

function oneInput<Prepared>(prepared: Prepared): Prepared {
  return { ...prepared, maxInputs: 1 };
}
