import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as engineModule from '../../src/authoring.ts';
import { askThrough } from '../../src/formats/xmlrpc/introspection.ts';
import { checkProject } from '../../src/graph/check.ts';
import { pythonIsThere } from '../formats/xmlrpc/python.ts';
import { pythonServer } from '../transports/xmlrpc/servers.ts';
import { type ExampleGraph, example, generatedTypes, serveExample } from './graph.ts';

describe('the example supervisord', () => {
  it('has no problems', async () => {
    const { problems } = await checkProject(example('supervisord'), { engineModule, variables: {} });
    expect(problems).toEqual([]);
  });

  it('has types that are those of its contract', async () => {
    const { made, committed } = await generatedTypes('supervisord');
    expect(made).toBe(committed);
  });
});

describe.skipIf(!pythonIsThere)('the example supervisord, with what imitates supervisord', () => {
  let server: { url: string; close(): void };
  let graph: ExampleGraph;

  beforeAll(async () => {
    const program = readFileSync(`${example('supervisord')}/supervisord-imitation.py`, 'utf8');
    server = await pythonServer(program.replace('else 9001', 'else 0'));
    graph = await serveExample('supervisord', { SUPERVISOR_URL: server.url });
  });
  afterAll(async () => {
    await graph.close();
    server.close();
  });

  async function requests(): Promise<number> {
    const ask = askThrough(async (body) => {
      const answer = await fetch(`${server.url}/RPC2`, { method: 'POST', body });
      return { body: new Uint8Array(await answer.arrayBuffer()) };
    });
    return Number(await ask('imitation.requests'));
  }

  it('tells what runs and what it wrote, the outputs in one request', async () => {
    const before = await requests();
    const { data, errors } = await graph.ask('{ processes { id state pid startedAt stoppedAt output } }');
    expect(errors).toBeUndefined();
    const running = { state: 'RUNNING', pid: 4711, startedAt: '2025-06-30T18:00:00.000Z', stoppedAt: null };
    const stopped = { state: 'STOPPED', pid: null, startedAt: null, stoppedAt: null };
    expect(data?.processes).toEqual([
      { id: 'web:api', ...running, output: 'listening on 8080\n' },
      { id: 'web:worker', ...running, output: 'took job 17 <retry>\n' },
      { id: 'cron:nightly', ...stopped, output: null },
    ]);
    // The list, the multicall, and this question.
    expect((await requests()) - before).toBe(3);
  });

  it('tells of supervisord itself, and null for a process that is not there', async () => {
    const query = '{ supervisor { identification version pid state } process(id: "no:such") { id } }';
    expect(await graph.ask(query)).toEqual({
      data: {
        supervisor: { identification: 'supervisor', version: '4.2.5', pid: 1, state: 'RUNNING' },
        process: null,
      },
    });
  });

  it('starts and stops, and says why it cannot', async () => {
    const change = (name: string, id: string) =>
      graph.ask(`mutation Change($id: ID!) { ${name}(id: $id) { id state } }`, { id });
    expect((await change('startProcess', 'cron:nightly')).data).toEqual({
      startProcess: { id: 'cron:nightly', state: 'RUNNING' },
    });
    expect((await change('startProcess', 'cron:nightly')).errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      faultCode: 60,
    });
    expect((await change('stopProcess', 'cron:nightly')).data).toEqual({
      stopProcess: { id: 'cron:nightly', state: 'STOPPED' },
    });
    expect((await change('stopProcess', 'no:such')).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });
});
