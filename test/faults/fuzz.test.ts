import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readServerConfig } from '../../src/config/server-config.ts';
import { readManifest } from '../../src/graph/document-manifest.ts';
import { readSchema } from '../../src/graph/schema-files.ts';
import { guardedSdl } from '../execution/guarded-graph.ts';
import { randomFrom } from '../execution/random-documents.ts';
import { mutated } from './harness/mutations.ts';
import { openServed, type Served } from './harness/served.ts';

/** `FUZZ_SECONDS=60` for longer; each of the four goes on for so long. `FUZZ_SEED` for other bytes, or those of a failure. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 2);
const firstSeed = Number(process.env.FUZZ_SEED ?? 1);
/** 100 ms of CPU, five times as generous. */
const limitMs = 500;

/** Tries with one seed after the other until the time is over; what fails says with which. */
async function fuzz(what: string, once: (seed: number) => Promise<void> | void): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let seed = firstSeed;
  let slowestMs = 0;
  for (; performance.now() < end; seed++) {
    const before = process.cpuUsage();
    try {
      await once(seed);
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed}: ${(cause as Error).message}`, { cause });
    }
    const { user, system } = process.cpuUsage(before);
    slowestMs = Math.max(slowestMs, (user + system) / 1_000);
  }
  console.log(`${what}: ${seed - firstSeed} tried, the slowest took ${slowestMs.toFixed(0)} ms`);
  expect(seed - firstSeed).toBeGreaterThan(20);
  expect(slowestMs).toBeLessThan(limitMs);
}

const bodies = [
  { query: '{ good(id: "1") { id name } }' },
  {
    query: 'query Q($id: ID!) { good(id: $id) { ...F } } fragment F on Item { id }',
    variables: { id: 'é🚕' },
  },
  {
    query: 'mutation M { write(id: "1") { count } }',
    operationName: 'M',
    extensions: { a: [1, null, 1.5e3] },
  },
  { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } },
  { query: '{ __schema { types { name } } kept(id: "1") @include(if: true) { __typename } }' },
].map((body) => Buffer.from(JSON.stringify(body)));
const words = [
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '\\u0000',
    '\\ud800',
    '"__proto__":{"x":1},',
    '"constructor":1,',
    '1e999',
  ],
  ...[
    '...',
    '@skip(if:false)',
    '$id',
    '{',
    '}',
    '[',
    '!',
    '#',
    '"""',
    '\ufeff',
    '\r\n',
    '-0',
    '%00',
    '99999999999999999999',
  ],
];
const headers: readonly (readonly [name: string, value: string])[] = [
  ['Accept', 'application/graphql-response+json, application/json;q=0.9'],
  ['Accept-Encoding', 'gzip, br;q=0.5'],
  ['Authorization', `Bearer trib_test_0123456789ab_${'a'.repeat(38)}`],
  ['Authorization', `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
  ['Content-Encoding', 'identity'],
  ['Content-Length', '42'],
  ['Content-Type', 'application/json; charset=utf-8'],
  ['Cookie', 'a=b; c="d"'],
  ['If-None-Match', 'W/"abc", "def"'],
  ['Origin', 'http://localhost:3000'],
  ['Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['Transfer-Encoding', 'chunked'],
  ['X-API-Key', 'trib_live_x'],
  ['X-Forwarded-For', '10.0.0.1, ::1'],
  ['X-Request-Id', 'request-1'],
  ['X-Request-Timeout', '500ms'],
  ['X-Tributary-Explain', '1'],
];

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

describe('G32: bytes at random', () => {
  let served: Served;
  let folder: string;
  beforeAll(async () => {
    served = await openServed({ ANONYMOUS_AUDIENCE: 'INTERNAL' });
    folder = mkdtempSync(join(tmpdir(), 'tributary-fuzz-'));
    mkdirSync(join(folder, 'schema'));
  });
  afterAll(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  /**
   * What comes back for some bytes: the status, 0 where it is nothing, and all of it as text.
   *
   * @param from whose address they come from
   * @param isWhole whether the server may wait for no more
   */
  const exchange = (bytes: Buffer, isWhole: boolean, from = '127.0.0.1'): Promise<Exchanged> => {
    const { hostname, port } = new URL(served.tributary.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(port), host: hostname, localAddress: from }, () =>
        isWhole ? socket.write(bytes) : socket.end(bytes),
      );
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      });
      socket.on('close', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
      });
    });
  };
  const posted = (lines: readonly Buffer[], body: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n'),
      ...lines,
      Buffer.from('\r\n'),
      body,
    ]);
  const isNoAccident = ({ status, text }: Exchanged): void => {
    // On a machine that others use as well the loop may stand still; who is refused for that is refused properly.
    if (status === 503) expect(text).toContain('"OVERLOADED"');
    else expect(status, text).toBeLessThan(500);
    expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|node_modules|at Object\.|\.ts:\d/);
  };
  const stillAnswers = async (): Promise<void> =>
    expect((await served.query('{ good(id: "1") { id } }')).data).toEqual({ good: { id: '1' } });

  it('for a body are answered, in JSON and with no 500', async () => {
    await fuzz('bodies', async (seed) => {
      const random = randomFrom(seed);
      const body = mutated(random.pick(bodies), random, words);
      const type = random.pick(['application/json', 'application/json; charset=utf-8']);
      const line = Buffer.from(`Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n`);
      const answer = await exchange(posted([line], body), true);
      isNoAccident(answer);
      expect(answer.status).toBeGreaterThanOrEqual(200);
      expect(() => JSON.parse(answer.text.slice(answer.text.indexOf('\r\n\r\n')))).not.toThrow();
    });
    await stillAnswers();
  }, 600_000);

  it('for the values of headers are answered with no 500, or cut off', async () => {
    const statuses = new Set<number>();
    await fuzz('headers', async (seed) => {
      const random = randomFrom(seed);
      const lines = Array.from({ length: 1 + random.below(3) }, () => {
        const [name, value] = random.pick(headers);
        return Buffer.concat([
          Buffer.from(`${name}: `),
          mutated(Buffer.from(value), random, words),
          Buffer.from('\r\n'),
        ]);
      });
      const body = random.pick(bodies);
      const framed = Buffer.from(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`);
      const sent = posted(random.below(4) === 0 ? lines : [framed, ...lines], body);
      // Who tries out credentials is refused for a while: each comes from an address of its own where there are more than one.
      const from =
        process.platform === 'linux' ? `127.1.${random.below(250)}.${1 + random.below(250)}` : undefined;
      const answer = await exchange(sent, false, from);
      statuses.add(answer.status);
      isNoAccident(answer);
    });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401]));
    await stillAnswers();
  }, 600_000);

  it('for a contract are problems with their places, and no accident', async () => {
    await fuzz('contracts', async (seed) => {
      const text = mutated(Buffer.from(guardedSdl), randomFrom(seed), [
        ...words,
        '@owner',
        'extend type Query',
      ]);
      writeFileSync(join(folder, 'schema', 'query.graphql'), text);
      const { schema, problems } = await readSchema(folder);
      expect(schema === undefined ? problems.length : 1).toBeGreaterThan(0);
      for (const { place, message } of problems) {
        expect(place).toMatch(/^schema/);
        expect(message).not.toMatch(/undefined|is not a function|Cannot read/);
      }
    });
  }, 600_000);

  it('for options and manifests are problems, and no accident', async () => {
    const options = Buffer.from(
      JSON.stringify({
        port: 4000,
        host: '127.0.0.1',
        limits: { maxDepth: 5, requestTimeoutMs: 1_000 },
        tls: { cert: 'a.pem', key: 'b.pem' },
        access: { anonymous: 'OPEN', issuers: [{ issuer: 'https://id.example', audience: 'a' }] },
        cors: { origins: ['https://a.example'] },
      }),
    );
    await fuzz('options', async (seed) => {
      const random = randomFrom(seed);
      const text = mutated(options, random, words);
      writeFileSync(join(folder, 'manifest.json'), text);
      const manifest = await readManifest(folder, 'manifest.json');
      expect([manifest.documents.size > 0, manifest.problems.length > 0]).not.toEqual([true, true]);
      let value: unknown;
      try {
        value = JSON.parse(text.toString());
      } catch {
        value = text.toString();
      }
      const variables = { PORT: mutated(Buffer.from('4000'), random, words).toString() };
      const { problems } = readServerConfig(value, variables, 'tributary.config.ts');
      for (const { message, mend } of problems)
        expect(`${message} ${mend}`).not.toMatch(/is not a function|Cannot read/);
    });
  }, 600_000);
});
