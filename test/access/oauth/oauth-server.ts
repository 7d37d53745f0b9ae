import { TokenVerifier } from '../../../src/access/identity/token-verifier.ts';
import { openPepper } from '../../../src/access/keys/pepper.ts';
import { ProcessLimits } from '../../../src/access/limits/process-limits.ts';
import { type DeniedTokens, openDeniedTokens } from '../../../src/access/oauth/denied-tokens.ts';
import { ownIssuer } from '../../../src/access/oauth/own-issuer.ts';
import { openSigningKeys, type SigningKeys } from '../../../src/access/oauth/signing-keys.ts';
import { TokenEndpoint } from '../../../src/access/oauth/token-endpoint.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { createApp, openReplica, operator, type TestReplica, testPepper } from '../../support/registry.ts';
import type { TestState } from '../../support/state.ts';

export const issuerUrl = 'https://api.example';

/** An app that may get tokens. */
export interface TestClient {
  /** The `client_id`. */
  readonly id: string;
  /** The public id of its secret. */
  readonly keyId: string;
  readonly secret: string;
  /** `client_secret_basic`. */
  readonly basic: string;
}

export interface OAuthServer extends TestReplica {
  readonly endpoint: TokenEndpoint;
  readonly tokens: TokenVerifier;
  readonly denied: DeniedTokens;
  readonly keys: SigningKeys;
}

/** One replica: everything but HTTP, on a real database. */
export async function openOAuthServer(
  state: TestState,
  now: () => number = Date.now,
  pepperText = testPepper,
): Promise<OAuthServer> {
  const clock = { now };
  const replica = await openReplica(state, { clock, pollMs: 100, pepperText });
  const { registry, changes, audit, database } = replica;
  const { log, lines } = openLogLines();
  const pepper = openPepper({ variables: { TRIBUTARY_PEPPER: pepperText }, directory: '.', log });
  const keys = await openSigningKeys({ database, changes, pepper, clock, log });
  const denied = await openDeniedTokens({ database, changes, audit, clock });
  const clients = registry.verifier;
  const issuer = ownIssuer({ issuer: issuerUrl, tokenLifeMs: 900_000, keys, clients, clock });
  const tokens = new TokenVerifier({ issuers: [issuer], clock, denied });
  return {
    ...replica,
    lines,
    endpoint: new TokenEndpoint({ issuer, clients, denied, rates: new ProcessLimits(clock), clock }),
    tokens,
    denied,
    keys,
    async close() {
      keys.close();
      await replica.close();
    },
  };
}

/** Makes an app on the partner plan, with two scopes, and a secret of it. */
export async function createClient(server: OAuthServer): Promise<TestClient> {
  const { appId: id } = await createApp(server);
  await server.registry.apps.change(operator, id, {
    scopes: ['rides:read', 'fares:read'],
    tenant: 'acme',
    claims: { region: 'north' },
  });
  const made = await server.registry.keys.create(operator, {
    appId: id,
    environment: 'live',
    name: 'token client',
    kind: 'client',
  });
  return { id, keyId: made.info.keyId, secret: made.key, basic: basic(id, made.key) };
}

/** `client_secret_basic`, encoded as RFC 6749 §2.3.1 has it. */
export function basic(id: string, secret: string): string {
  const encoded = (value: string): string => new URLSearchParams({ '': value }).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}`;
}
