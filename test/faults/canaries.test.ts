import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProcess, startNode } from '../support/reference-graph.ts';
import { findCanaries, plantCanaries, type Sighting } from './harness/canaries.ts';
import { type Fault, type FaultServer, json, openFaultServer } from './harness/fault-server.ts';
import { eventually } from './harness/faulty.ts';

const canaries = plantCanaries([
  'the token of a backend',
  'the password in an address',
  'a key of the client',
  'a cookie of the client',
  'a variable of the client',
  'the text of a backend',
  'a header of a backend',
  'the SQL of a backend',
]);
const planted = (name: keyof typeof canaries): string => canaries[name] as string;

describe('secrets that were planted', () => {
  const sightings: Sighting[] = [];
  let good: FaultServer;
  let bad: FaultServer;
  let collector: FaultServer;
  let graph: RunningProcess;
  let url: string;
  let adminUrl: string;

  beforeAll(async () => {
    [good, bad, collector] = [await openFaultServer(), await openFaultServer(), await openFaultServer()];
    good.behave('*', json({ id: '1', name: 'good', count: 1 }));
    graph = startNode(['dist/cli/main.js', 'start', 'test/faults/project'], {
      GOOD_URL: good.url.replace('//', `//user:${planted('the password in an address')}@`),
      BAD_URL: bad.url,
      BAD_TOKEN: planted('the token of a backend'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      LOG_LEVEL: 'debug',
      REDIS_URL: '',
    });
    url = (await graph.line(/ready.*?(http:\/\/\S+)/i))[1] as string;
    adminUrl = (await graph.line(/metrics.*?(http:\/\/[\d.:]+)/i))[1] as string;
  });
  afterAll(async () => {
    await graph?.stop();
    await Promise.all([good, bad, collector].map((server) => server.close()));
  });

  const ask = async (body: unknown): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${planted('a key of the client')}`,
        'x-api-key': planted('a key of the client'),
        cookie: `session=${planted('a cookie of the client')}`,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    sightings.push(
      { where: 'an answer', text },
      { where: 'headers', text: JSON.stringify([...response.headers]) },
    );
  };

  it('L11: are in no answer, log line, metric or trace, whatever the backend does', async () => {
    const said = planted('the text of a backend');
    const echo = (status: number): Fault => ({
      do: 'choose',
      fault: ({ headers, url: path }) => ({
        do: 'answer',
        status,
        headers: {
          'set-cookie': `sid=${planted('a header of a backend')}`,
          'x-internal': planted('a header of a backend'),
        },
        body: JSON.stringify({
          password: said,
          url: `http://internal.example/?key=${said}`,
          headers,
          path,
          token: said,
          authorization: headers.authorization,
        }),
      }),
    });
    const faults: Fault[] = [
      echo(200),
      echo(400),
      echo(401),
      echo(500),
      { do: 'answer', status: 503, body: `{"secret":"${said}"}`, headers: { 'retry-after': '0' } },
      { do: 'redirect', to: `http://internal.example/?token=${said}` },
      { do: 'reset', when: 'mid-body' },
      { do: 'hang-before-headers' },
      { do: 'raw', bytes: `password=${said}\r\n\r\n` },
      {
        do: 'answer',
        status: 500,
        body: `{"secret":"SELECT 1 /* password=${planted('the SQL of a backend')} */ postgres://u:${planted('the SQL of a backend')}@db/x"}`,
      },
    ];
    const secret = planted('a variable of the client');
    for (const fault of faults) {
      bad.behave('*', fault);
      await ask({ query: '{ bad(id: 1) { id name } good(id: 1) { name } throws }' });
      await ask({ query: 'query ($id: ID!) { bad(id: $id) { name count } }', variables: { id: secret } });
      await ask({ query: 'mutation ($id: ID!) { write(id: $id) { name } }', variables: { id: secret } });
      await ask({ query: 'query ($ms: Int!) { blocks(ms: $ms) }', variables: { ms: secret } });
    }
    await (await fetch(`${adminUrl}/health/ready`)).text();
    sightings.push({ where: 'metrics', text: await (await fetch(`${adminUrl}/metrics`)).text() });
    // What is left of logs and traces is written when it stops.
    expect(await graph.stop()).toBe(0);
    await eventually(() => collector.calls() > 0);
    for (const { body } of collector.received()) sightings.push({ where: 'a trace', text: body });
    for (const line of graph.lines) sightings.push({ where: 'the log', text: line });

    expect(bad.received()[0]?.headers.authorization).toBe(`Bearer ${planted('the token of a backend')}`);
    // One record of each request at the least: nothing that was logged escapes the search.
    expect(sightings.filter(({ where }) => where === 'the log').length).toBeGreaterThan(4 * faults.length);
    expect(findCanaries(canaries, sightings)).toEqual([]);
    // Hosts, paths of the machine and stacks are for the log alone.
    const hosts = {
      'the address of a backend': new URL(bad.url).host,
      'a stack': 'at Object.',
      'a path': process.cwd(),
    };
    expect(
      findCanaries(
        hosts,
        sightings.filter(({ where }) => where !== 'the log' && where !== 'a trace'),
      ),
    ).toEqual([]);
  });
});

describe('a process that cannot go on', () => {
  const start = (code: string): RunningProcess =>
    startNode(
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(code)}`,
        'dist/cli/main.js',
        'start',
        'test/faults/project',
      ],
      {
        GOOD_URL: 'http://127.0.0.1:1',
        BAD_URL: 'http://127.0.0.1:1',
        REDIS_URL: '',
      },
    );

  it.each([
    ['an error that nobody caught', "throw new Error('nobody caught this')"],
    ['a rejection that nobody caught', "Promise.reject(new Error('nobody caught this'))"],
  ])('C08 after %s says why, and ends with a code that is not 0', async (_, statement) => {
    const graph = start(`process.on('SIGUSR2', () => setTimeout(() => { ${statement} }))`);
    await graph.line(/ready/);
    graph.child.kill('SIGUSR2');
    expect(await graph.ended).not.toBe(0);
    expect(graph.lines.join('\n')).toContain('nobody caught this');
  });

  it('C08 when it is killed leaves nothing that keeps the next one from starting', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    for (let index = 0; index < 2; index++) {
      const graph = startNode(['dist/cli/main.js', 'start', 'test/faults/project'], {
        GOOD_URL: 'http://127.0.0.1:1',
        BAD_URL: 'http://127.0.0.1:1',
        REDIS_URL: '',
        PORT: String(port),
      });
      await graph.line(/ready/);
      await graph.stop('SIGKILL');
    }
  });
});
