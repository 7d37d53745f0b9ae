import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPepper, type Pepper } from '../../../src/access/keys/pepper.ts';
import { seal, unseal } from '../../../src/access/oauth/seal.ts';
import { codeOf } from '../../../src/errors.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { until } from '../../support/redis-server.ts';
import { testPepper } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';
import { createClient, type OAuthServer, openOAuthServer, type TestClient } from './oauth-server.ts';

await describeWithState('the keys that tokens are signed with', (openState) => {
  let state: TestState;
  let servers: OAuthServer[] = [];
  let app: TestClient | undefined;
  let now = Date.now();
  const day = 86_400_000;

  beforeEach(async () => {
    now = Date.now();
    state = await openState();
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    servers = [];
    app = undefined;
    await state.drop();
  });

  async function open(pepperText = testPepper): Promise<OAuthServer> {
    const server = await openOAuthServer(state, () => now, pepperText);
    servers.push(server);
    return server;
  }

  async function tokenOf(server: OAuthServer): Promise<string> {
    app ??= await createClient(server);
    await server.changes.wake();
    const { body } = await server.endpoint.token({
      authorization: app.basic,
      body: 'grant_type=client_credentials',
    });
    return (body as { access_token: string }).access_token;
  }

  const named = (): string => `client:tributary:${app?.keyId}`;

  async function outcome({ tokens, changes }: OAuthServer, token: string): Promise<string> {
    await changes.wake();
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
    expect(await outcome(other, await tokenOf(one))).toBe(named());
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
    expect(await outcome(server, before)).toBe(named());
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

  it('a server that lacks the pepper of a key makes one of its own, and still believes the tokens of the others', async () => {
    const one = await open();
    const token = await tokenOf(one);
    const other = await open(`2:${newPepper}`);
    expect(other.keys.published().keys).toHaveLength(2);
    expect(other.keys.signing().id).not.toBe(one.keys.signing().id);
    expect(await outcome(other, token)).toBe(named());
    expect(other.lines.join()).toContain('cannot be opened');
  });

  it('what is sealed opens with its pepper and its label alone', () => {
    const pepper = pepperOf(testPepper);
    const sealed = seal(Buffer.from('text'), 'label', pepper);
    expect(unseal(sealed, 'label', pepper)?.toString()).toBe('text');
    expect(unseal(sealed, 'label', pepperOf(`2:${newPepper},1:${testPepper}`))?.toString()).toBe('text');
    expect(unseal(sealed, 'other', pepper)).toBeUndefined();
    expect(unseal(sealed, 'label', pepperOf(newPepper))).toBeUndefined();
    expect(unseal(sealed.replace(/^1/, '2'), 'label', pepper)).toBeUndefined();
    for (const broken of ['', '1', '1.a.b.c', sealed.slice(0, -3), `${sealed}AA`])
      expect(unseal(broken, 'label', pepper)).toBeUndefined();
  });
});

const newPepper = 'another pepper that is long enough too';

function pepperOf(text: string): Pepper {
  return openPepper({ variables: { TRIBUTARY_PEPPER: text }, directory: '.', log: noLog });
}
