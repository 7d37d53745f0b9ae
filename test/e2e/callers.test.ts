import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../graph/load.ts';
import { type IdentityProvider, openIdentityProvider } from '../support/identity-provider.ts';
import { type RunningProcess, startNode } from '../support/reference-graph.ts';

const project = fixture('callers-project');
let folder: string;
let provider: IdentityProvider;
let server: RunningProcess;
let url: string;
let variables: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-callers-'));
  provider = await openIdentityProvider();
  variables = {
    TEST_ISSUER: provider.issuer,
    TEST_JWKS_URL: provider.jwksUrl,
    STATE_URL: `sqlite:${join(folder, 'state.db')}`,
    USAGE_DIRECTORY: join(folder, 'usage'),
    TRIBUTARY_PEPPER: '1:a-pepper-of-this-test-long-enough-for-one',
    ANONYMOUS_AUDIENCE: 'OPEN',
    REDIS_URL: '',
    PORT: '0',
    ADMIN_PORT: '0',
  };
  server = startNode(['dist/cli/main.js', 'start', project], variables);
  [, url = ''] = await server.line(/Tributary is ready: (\S+)/);
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await provider?.stop();
  await rm(folder, { recursive: true });
});

async function command<Answer>(...words: string[]): Promise<Answer> {
  const all = ['dist/cli/main.js', ...words, '--json', '--project', project];
  const { stdout } = await promisify(execFile)(process.execPath, all, {
    env: { ...process.env, ...variables },
  });
  return JSON.parse(stdout) as Answer;
}

/** The token that a partner's program gets with its client secret. */
async function partnerToken(): Promise<string> {
  const { appId } = await command<{ appId: string }>('apps', 'create', 'Aster', '--plan', 'partner');
  const { key } = await command<{ key: string }>('keys', 'create', appId, '--kind', 'client');
  let token: string | undefined;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: appId,
    client_secret: key,
  });
  await expect
    .poll(async () => {
      const answer = await fetch(new URL('/oauth/token', url), { method: 'POST', body: form });
      token = ((await answer.json()) as { access_token?: string }).access_token;
      return token;
    })
    .toBeTypeOf('string');
  return token as string;
}

interface Answer {
  readonly data?: { readonly __schema?: { readonly queryType: { readonly fields: { name: string }[] } } };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

async function ask(token: string | undefined, query: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Answer;
}

/** What GraphiQL's explorer asks: the fields that there are for this caller. */
async function fieldsFor(token: string | undefined): Promise<readonly string[] | undefined> {
  const { data } = await ask(token, '{ __schema { queryType { fields { name } } } }');
  return data?.__schema?.queryType.fields.map(({ name }) => name);
}

async function codesFor(token: string | undefined, query: string): Promise<readonly string[] | undefined> {
  return (await ask(token, query)).errors?.map(({ extensions }) => extensions.code);
}

const invalid = ['GRAPHQL_VALIDATION_FAILED'];

describe('the three kinds of callers', { timeout: 60_000 }, () => {
  it('get their own contract: somebody of the company with a token of the identity provider', async () => {
    const token = await provider.token({ roles: ['staff'] });
    expect(await fieldsFor(token)).toEqual(['weather', 'rides', 'payroll']);
    expect(await ask(token, '{ payroll }')).toEqual({ data: { payroll: 'secret' } });
  });

  it('get their own contract: a partner with an OAuth token of this server', async () => {
    const token = await partnerToken();
    expect(await fieldsFor(token)).toEqual(['weather', 'rides']);
    expect(await ask(token, '{ rides }')).toEqual({ data: { rides: 'three' } });
    expect(await codesFor(token, '{ payroll }')).toEqual(invalid);
  });

  it('get their own contract: an explorer whom nobody knows', async () => {
    expect(await fieldsFor(undefined)).toEqual(['weather']);
    expect(await ask(undefined, '{ weather }')).toEqual({ data: { weather: 'sunny' } });
    expect(await codesFor(undefined, '{ rides }')).toEqual(invalid);
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<script');
  });

  it('get nothing for credentials that are wrong, also not what is open', async () => {
    const tampered = `${(await provider.token({ roles: ['staff'] })).slice(0, -4)}AAAA`;
    for (const token of [tampered, await provider.token({ aud: 'https://other.example' })])
      expect(await codesFor(token, '{ weather }')).toEqual(['TOKEN_INVALID']);
  });
});
