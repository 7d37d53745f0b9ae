import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPepper } from '../../../src/access/keys/pepper.ts';
import { openDeniedTokens } from '../../../src/access/oauth/denied-tokens.ts';
import { type OpenIdentity, openIdentity } from '../../../src/access/open-identity.ts';
import type { Group } from '../../../src/access/people/groups.ts';
import type { User } from '../../../src/access/people/users.ts';
import { type Caller, rightsOf } from '../../../src/caller.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { type IdentityProvider, openIdentityProvider, recipient } from '../../support/identity-provider.ts';
import { until } from '../../support/redis-server.ts';
import { openReplica, operator, type TestReplica, testPepper } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

interface Replica extends TestReplica {
  readonly identity: OpenIdentity['identity'];
}

await describeWithState('a person whom a token names', (open) => {
  let state: TestState;
  let provider: IdentityProvider;
  let here: Replica;
  let there: Replica;
  let anna: User;
  let group: Group;
  let lateMs = 0;
  const clock = { now: () => Date.now() + lateMs };
  const closing: (() => unknown)[] = [];

  const start = async (personClaim?: string): Promise<Replica> => {
    const replica = await openReplica(state, { clock });
    const issuer = {
      name: 'people',
      issuer: provider.issuer,
      recipients: [recipient],
      jwksUrl: provider.jwksUrl,
      ...(personClaim === undefined ? {} : { personClaim }),
    };
    const { access } = serverConfigSchema.parse({ access: { issuers: [issuer] } });
    const pepper = openPepper({ variables: { TRIBUTARY_PEPPER: testPepper }, directory: '.', log: noLog });
    const denied = await openDeniedTokens({ ...replica, clock });
    const opened = await openIdentity({ ...replica, denied, config: access, pepper, log: noLog, clock });
    closing.push(
      () => replica.close(),
      () => opened.close(),
    );
    return { ...replica, identity: opened.identity };
  };
  const ask = (replica: Replica, token: string): Caller | Promise<Caller> =>
    replica.identity.identify({ key: undefined, token, address: '192.0.2.1', origin: undefined });
  /** The scopes of the caller, or the code with which the token is refused. */
  const outcome = async (replica: Replica, token: string): Promise<string> => {
    try {
      return [...((await ask(replica, token)).scopes ?? [])].sort().join(' ');
    } catch (thrown) {
      return codeOf(thrown);
    }
  };
  const tokenOf = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    provider.token({ scope: 'rides:read', email: 'anna@example.org', ...claims });

  beforeEach(async () => {
    lateMs = 0;
    state = await open();
    provider = await openIdentityProvider('ES256');
    here = await start('email');
    there = await start('email');
    const { users, groups } = here.registry;
    anna = await users.create(operator, { email: 'anna@example.org', name: 'Anna' });
    group = await groups.create(operator, { name: 'Fares', scopes: ['fares:read'] });
    await groups.setMember(operator, group.groupId, anna.userId, 'member');
  });
  afterEach(async () => {
    for (const each of closing.splice(0).reverse()) await each();
    await provider.stop();
    await state.drop();
  });

  it('Z14: has the scopes of their groups beside the token’s, and loses them within a second on every replica', async () => {
    const token = await tokenOf();
    await until(async () => (await outcome(there, token)) === 'fares:read rides:read');
    expect(await outcome(here, token)).toBe('fares:read rides:read');
    const member = await ask(there, token);
    // The way of every request: nothing is asked and no promise made.
    const before = there.statements();
    expect(ask(there, token)).toBe(member);
    expect(there.statements()).toBe(before);
    let began = performance.now();
    await here.registry.groups.change(operator, group.groupId, { scopes: ['fares:read', 'fares:write'] });
    await until(async () => (await outcome(there, token)) === 'fares:read fares:write rides:read');
    expect(performance.now() - began).toBeLessThan(1_000);
    began = performance.now();
    await here.registry.groups.removeMember(operator, group.groupId, anna.userId);
    expect(await outcome(here, token)).toBe('rides:read');
    await until(async () => (await outcome(there, token)) === 'rides:read');
    expect(performance.now() - began).toBeLessThan(1_000);
    const left = await ask(there, token);
    expect(left.id).toBe(member.id);
    expect(rightsOf(left)).not.toBe(rightsOf(member));
  });

  it('Z14: is refused within a second once disabled, and let in again', async () => {
    const token = await tokenOf();
    await until(async () => (await outcome(there, token)) === 'fares:read rides:read');
    const began = performance.now();
    await here.registry.users.disable(operator, anna.userId, true);
    expect(await outcome(here, token)).toBe('TOKEN_INVALID');
    await until(async () => (await outcome(there, token)) === 'TOKEN_INVALID');
    expect(performance.now() - began).toBeLessThan(1_000);
    await here.registry.users.disable(operator, anna.userId, false);
    await until(async () => (await outcome(there, token)) === 'fares:read rides:read');
  });

  it('is found by a verified address alone, and only where the issuer says which claim it is', async () => {
    const both = 'fares:read rides:read';
    expect(await outcome(here, await tokenOf({ email: 'Anna@Example.ORG' }))).toBe(both);
    expect(await outcome(here, await tokenOf({ email_verified: true }))).toBe(both);
    const strangers: Readonly<Record<string, unknown>>[] = [
      { email_verified: false },
      { email_verified: 'false' },
      { email_verified: null },
      { email: undefined },
      { email: ['anna@example.org'] },
      { email: 'anna@example.org\0' },
      { email: 'bert@example.org' },
      // A token that a client got for itself.
      { client_id: 'anna' },
    ];
    for (const claims of strangers) expect(await outcome(here, await tokenOf(claims))).toBe('rides:read');
    const { userId } = await here.registry.users.create(operator, { email: 'kai@example.org', name: 'Kai' });
    await here.registry.groups.setMember(operator, group.groupId, userId, 'member');
    expect(await outcome(here, await tokenOf({ email: 'kai@example.org' }))).toBe(both);
    expect(await outcome(here, await tokenOf({ email: '\u212Aai@example.org' }))).toBe('rides:read');
    const elsewhere = await start('account.mail');
    expect(await outcome(elsewhere, await tokenOf())).toBe('rides:read');
    expect(await outcome(elsewhere, await tokenOf({ account: { mail: 'anna@example.org' } }))).toBe(both);
    expect(await outcome(await start(), await tokenOf())).toBe('rides:read');
  });

  it('is found once they are registered, by a token that was used before', async () => {
    const token = await tokenOf({ email: 'bert@example.org' });
    expect(await outcome(there, token)).toBe('rides:read');
    const bert = await here.registry.users.create(operator, { email: 'bert@example.org', name: 'Bert' });
    await here.registry.groups.setMember(operator, group.groupId, bert.userId, 'viewer');
    await until(async () => (await outcome(there, token)) === 'fares:read rides:read');
  });

  it('keeps their rights for a minute while the database is down; nobody is given fewer or more', async () => {
    // Nor is it the list of revoked tokens that cannot be asked: this one has no id.
    const token = await tokenOf({ jti: undefined });
    expect(await outcome(here, token)).toBe('fares:read rides:read');
    here.cut(true);
    expect(await outcome(here, token)).toBe('fares:read rides:read');
    expect(await outcome(here, await tokenOf({ email: 'bert@example.org' }))).toBe('AUTH_UNAVAILABLE');
    lateMs = 61_000;
    expect(here.changes.staleSince).toBeDefined();
    expect(await outcome(here, token)).toBe('AUTH_UNAVAILABLE');
    here.cut(false);
    await until(async () => (await outcome(here, token)) === 'fares:read rides:read');
  });
});
