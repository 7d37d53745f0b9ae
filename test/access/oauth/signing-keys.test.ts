import { afterEach, beforeEach, expect, it } from 'vitest';
import { seal, unseal } from '../../../src/access/oauth/seal.ts';
import { codeOf } from '../../../src/errors.ts';
import { until } from '../../support/redis-server.ts';
import { describeWithState, type TestState } from '../../support/state.ts';
import { basic, type OAuthServer, openOAuthServer, secrets } from './oauth-server.ts';

await describeWithState('the keys that tokens are signed with', (openState) => {
  let state: TestState;
  let servers: OAuthServer[] = [];
  let now = Date.now();
  const day = 86_400_000;

  beforeEach(async () => {
    now = Date.now();
    state = await openState();
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    servers = [];
    await state.drop();
  });

  async function open(given = secrets): Promise<OAuthServer> {
    const server = await openOAuthServer(state, () => now, given);
    servers.push(server);
    return server;
  }

  async function tokenOf({ endpoint }: OAuthServer): Promise<string> {
    const { body } = await endpoint.token({
      authorization: basic('app-1'),
      body: 'grant_type=client_credentials',
    });
    return (body as { access_token: string }).access_token;
  }

  async function outcome({ tokens }: OAuthServer, token: string): Promise<string> {
    try {
      return (await tokens.verify(token)).caller.id;
    } catch (thrown) {
      return codeOf(thrown);
    }
  }

  it('replicas that start together share one key, and believe each other', async () => {
    const [one, other] = (await Promise.all([open(), open()])) as [OAuthServer, OAuthServer];
    expect(one.keys.published().keys).toHaveLength(1);
    expect(other.keys.published()).toEqual(one.keys.published());
    expect(await outcome(other, await tokenOf(one))).toBe('client:tributary:app-1');
  });

  it('a key is published a day before it signs, and for as long after it has', async () => {
    const server = await open();
    const other = await open();
    const first = server.keys.signing().id;
    now += 29 * day + 1_000;
    await server.keys.renew();
    expect(server.keys.published().keys).toHaveLength(2);
    expect(server.keys.signing().id).toBe(first);
    await until(() => other.keys.published().keys.length === 2, 1_000);
    const before = await tokenOf(server);
    now += day;
    const second = server.keys.signing().id;
    expect(second).not.toBe(first);
    await server.keys.renew();
    expect(server.keys.published().keys).toHaveLength(2);
    now -= day;
    expect(await outcome(server, before)).toBe('client:tributary:app-1');
    now += 2 * day + 1_000;
    await server.keys.renew();
    expect(server.keys.published().keys).toHaveLength(1);
    now -= 2 * day;
    expect(await outcome(server, before)).toBe('TOKEN_INVALID');
  });

  it('A04: the database alone signs nothing', async () => {
    const server = await open();
    const [row] = await server.database.all<{ id: string; sealed_key: string }>(
      'SELECT id, sealed_key FROM signing_keys',
    );
    expect(row?.sealed_key).toMatch(/^1\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Buffer.from(row?.sealed_key.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain(
      '\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07',
    );
  });

  it('a server with another secret makes a key of its own, and still believes the tokens of the others', async () => {
    const one = await open();
    const other = await open({ version: 1, of: () => Buffer.from('another secret') });
    expect(other.keys.published().keys).toHaveLength(2);
    expect(other.keys.signing().id).not.toBe(one.keys.signing().id);
    expect(await outcome(other, await tokenOf(one))).toBe('client:tributary:app-1');
  });

  it('what is sealed opens with its secret and its label alone', () => {
    const sealed = seal(Buffer.from('text'), 'label', secrets);
    expect(unseal(sealed, 'label', secrets)?.toString()).toBe('text');
    expect(unseal(sealed, 'other', secrets)).toBeUndefined();
    expect(unseal(sealed, 'label', { version: 1, of: () => Buffer.from('another') })).toBeUndefined();
    expect(unseal(sealed.replace(/^1/, '2'), 'label', secrets)).toBeUndefined();
    for (const broken of ['', '1', '1.a.b.c', sealed.slice(0, -3), `${sealed}.x`.replace(/\.x$/, 'AA')])
      expect(unseal(broken, 'label', secrets)).toBeUndefined();
  });
});
