import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backend, type Graph, startBackend, startGraph } from '../support/reference-graph.ts';
import { commandsOf, openShell, type ShellSession } from '../support/shell-session.ts';

let folder: string;
let backends: readonly Backend[];
let first: Graph;
let second: Graph;
let shell: ShellSession;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-page-'));
  const state = {
    ANONYMOUS_AUDIENCE: 'OPEN',
    STATE_URL: `sqlite:${join(folder, 'state.db')}`,
    USAGE_DIRECTORY: join(folder, 'usage'),
    MAIL_FILE: join(folder, 'outbox'),
    TRIBUTARY_PEPPER: '1:a-pepper-of-this-test-long-enough-for-one',
    WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'warehouse.db')}`,
    FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
  };
  const started = await Promise.all([startBackend('rides'), startBackend('weather')]);
  backends = started;
  const [rides, weather] = started;
  const variables = { ...state, RIDES_URL: rides.url, WEATHER_URL: weather.url };
  first = await startGraph(variables);
  second = await startGraph(variables);
  shell = openShell(state);
}, 120_000);

afterAll(async () => {
  shell?.close();
  await Promise.all([first, second].map((graph) => graph?.process.stop()));
  await Promise.all((backends ?? []).map((backend) => backend.process.stop()));
  await rm(folder, { recursive: true });
});

const blocks = commandsOf('docs/partners.md');
let at = 0;

/** Runs the next block of the page, which is the one that has these words, at the addresses of this test. */
function next(words: string): Promise<string> {
  const block = blocks[at] ?? 'nothing: the page has ended';
  at += 1;
  expect(block).toContain(words);
  const origin = (graph: Graph): string => new URL(graph.url).origin;
  return shell.run(
    block.replace('http://127.0.0.1:4000', origin(first)).replace('http://127.0.0.1:4200', origin(second)),
  );
}

interface Shown {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
  readonly body: {
    readonly data?: unknown;
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  };
}

/** The answers that `curl -i` has printed. */
function answersIn(printed: string): readonly Shown[] {
  return printed
    .split(/(?=^HTTP\/1\.1 )/m)
    .filter((text) => text.startsWith('HTTP/'))
    .map((text) => {
      const [headers = '', body = ''] = text.split('\r\n\r\n');
      return { status: Number(text.slice(9, 12)), headers, text: body, body: JSON.parse(body) };
    });
}

const answered = async (words: string): Promise<readonly Shown[]> => answersIn(await next(words));

/** Runs the next block again until all its answers are 200: replicas may know a second later what the one before has made. */
async function answeredWell(words: string): Promise<readonly Shown[]> {
  let answers: readonly Shown[] = [];
  const place = at;
  await expect
    .poll(
      async () => {
        at = place;
        answers = await answered(words);
        // A key that is not known yet; an app that has just asked in a loop.
        return answers.some(({ status }) => status === 401 || status === 429);
      },
      { timeout: 15_000, interval: 500 },
    )
    .toBe(false);
  return answers;
}
const codesOf = ({ body }: Shown): unknown => body.errors?.map(({ extensions }) => extensions.code);

/** Asks with a key, again and again, until the answer is as it should be; resolves with how long that took. */
async function untilAnswered(
  graph: Graph,
  key: string,
  isSo: (answer: Response) => boolean,
): Promise<number> {
  const began = performance.now();
  const body = '{"query":"{ __typename }"}';
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  await expect
    .poll(
      async () => {
        const answer = await fetch(graph.url, { method: 'POST', headers, body });
        await answer.arrayBuffer();
        return isSo(answer);
      },
      { interval: 25, timeout: 10_000 },
    )
    .toBe(true);
  return performance.now() - began;
}

const setIn = async (name: string): Promise<string> => (await shell.run(`echo "$${name}"`)).trim();

// Each command is a process of its own; what one test does, the next one finds done, as on the page.
describe('the page for partners', { timeout: 120_000 }, () => {
  const places = new Map<string, number>();
  // A second attempt begins where the first one did.
  beforeEach(({ task }) => {
    at = places.get(task.name) ?? at;
    places.set(task.name, at);
  });

  it('makes an app and a key that sees the rides of its tenant, on both replicas', async () => {
    await next('GRAPH=');
    expect((await next('keys create')).trim()).toMatch(/^[0-9A-Za-z]{12}$/);
    const key = await setIn('KEY');
    expect(key).toMatch(/^trib_live_/);
    for (const graph of [first, second]) await untilAnswered(graph, key, ({ status }) => status === 200);
    const [answer] = await answered('{ rides(first: 3)');
    expect(answer).toMatchObject({ status: 200, body: { data: { rides: { nodes: { length: 3 } } } } });
    expect(answer?.text).toContain('RIDE-004991');
  });

  it('L03: shows that a field of the company does not exist, in the same words as one that never did', async () => {
    const [hidden, missing] = await answered('riders');
    expect(codesOf(hidden as Shown)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const words = ({ body }: Shown): unknown => body.errors?.map(({ message }) => message);
    expect(words(hidden as Shown)).toEqual(['Cannot query field "riders" on type "Query".']);
    expect(JSON.stringify(words(missing as Shown)).replace('raiders', 'riders')).toBe(
      JSON.stringify(words(hidden as Shown)),
    );
  });

  it('reaches a rate limit, whose headers say what is left and when to come again', async () => {
    await next('plans put trial');
    const key = await setIn('KEY');
    const isTrial = ({ headers }: Response) =>
      headers.get('ratelimit-policy')?.includes('"requests";q=1;') === true;
    expect(await untilAnswered(first, key, isTrial)).toBeLessThan(1_000);
    const answers = await answered('__typename');
    expect(answers.map(({ status }) => status)).toContain(429);
    const refused = answers.find(({ status }) => status === 429) as Shown;
    expect(codesOf(refused)).toEqual(['RATE_LIMITED']);
    expect(refused.headers).toMatch(/^ratelimit-policy: "requests";q=1;w=60/im);
    expect(refused.headers).toMatch(/^ratelimit: "requests";r=0;t=\d+/im);
    expect(refused.headers).toMatch(/^retry-after: \d+/im);
    await next('--plan partner');
    expect(await untilAnswered(first, key, ({ status }) => status === 200)).toBeLessThan(1_000);
  });

  it('gets an OAuth token with the secret of a client, which the other replica believes', async () => {
    await next('--kind client');
    const [answer] = await answeredWell('grant_type=client_credentials');
    expect(answer).toMatchObject({ status: 200, body: { data: { rides: { nodes: { length: 1 } } } } });
  });

  it('sees what was used, by key', async () => {
    const id = await setIn('KEY_ID');
    const usage = () => shell.run('tributary usage show --by key --app "$APP"');
    await expect.poll(usage, { timeout: 20_000 }).toContain(id);
    const printed = await next('usage show');
    expect(printed).toContain(id);
    expect(printed).toMatch(/^at,calls,billed/m);
    expect(printed).toMatch(/RATE_LIMITED|GRAPHQL_VALIDATION_FAILED/);
    expect(printed).not.toContain(await setIn('KEY'));
  });

  it('A08: rotates the key, and both work during the grace', async () => {
    await next('keys rotate');
    expect(await answeredWell('$NEW_KEY')).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('A06: revokes the key, which the other replica refuses within a second', async () => {
    const key = await setIn('NEW_KEY');
    await untilAnswered(second, key, ({ status }) => status === 200);
    await next('keys revoke');
    expect(await untilAnswered(second, key, ({ status }) => status === 401)).toBeLessThan(1_000);
    const [answer] = await answered('NEW_KEY');
    expect([answer?.status, codesOf(answer as Shown)]).toEqual([401, ['API_KEY_REVOKED']]);
  });

  it('lets an explorer read what is open, register, and get a key on the open plan', async () => {
    const [anonymous] = await answered('{ cities { name } }');
    expect(anonymous).toMatchObject({ status: 200, body: { data: { cities: { length: 3 } } } });
    const [asked] = await answered('/register');
    expect(asked?.status).toBe(202);
    expect(await setIn('EXPLORER')).toMatch(/^trib_live_/);
    const [read] = await answeredWell('$EXPLORER');
    expect(read?.status).toBe(200);
    expect(read?.headers).toMatch(/^ratelimit-policy: "requests";q=60/im);
  });

  it('has no command that is not run here', () => expect(at).toBe(blocks.length));
});
