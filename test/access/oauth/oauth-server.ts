import { openAudit } from '../../../src/access/audit/audit.ts';
import { TokenVerifier } from '../../../src/access/identity/token-verifier.ts';
import type { ClientVerifier, VerifiedClient } from '../../../src/access/oauth/client-verifier.ts';
import { openDeniedTokens } from '../../../src/access/oauth/denied-tokens.ts';
import { ownIssuer } from '../../../src/access/oauth/own-issuer.ts';
import type { ServerSecrets } from '../../../src/access/oauth/seal.ts';
import { openSigningKeys } from '../../../src/access/oauth/signing-keys.ts';
import { TokenEndpoint } from '../../../src/access/oauth/token-endpoint.ts';
import { openChanges } from '../../../src/access/state/changes.ts';
import type { Database } from '../../../src/access/state/database.ts';
import { TributaryError } from '../../../src/errors.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import type { TestState } from '../../support/state.ts';

export const issuerUrl = 'https://api.example';
export const secret = 'a secret/with+odd:characters';

export const partner: VerifiedClient = {
  appId: 'app-1',
  audience: 'PARTNER',
  tenant: 'acme',
  scopes: new Set(['rides:read', 'fares:read']),
  claims: { region: 'north' },
  plan: 'partner',
  registeredOnly: false,
};

export const secrets: ServerSecrets = {
  version: 1,
  of: (version) => (version === 1 ? Buffer.from('the pepper of this server') : undefined),
};

export interface OAuthServer {
  readonly endpoint: TokenEndpoint;
  readonly tokens: TokenVerifier;
  readonly keys: Awaited<ReturnType<typeof openSigningKeys>>;
  readonly audit: ReturnType<typeof openAudit>;
  readonly database: Database;
  /** The apps that may get tokens, by their ids; changed by tests. */
  readonly clients: Map<string, VerifiedClient>;
  close(): Promise<void>;
}

/** One replica: everything but HTTP, on a real database. */
export async function openOAuthServer(
  state: TestState,
  now: () => number = Date.now,
  given: ServerSecrets = secrets,
): Promise<OAuthServer> {
  const clock = { now };
  const database = await state.connect();
  const changes = await openChanges({ database, clock: { now: Date.now }, log: noLog, pollMs: 100 });
  const audit = openAudit({ database, clock, log: noLog });
  const clients = new Map([[partner.appId, partner]]);
  const verifier: ClientVerifier = {
    verifyClient(id, text) {
      const client = clients.get(id);
      if (id === 'down') throw new TributaryError('AUTH_UNAVAILABLE');
      if (client === undefined || text !== secret) throw new TributaryError('API_KEY_INVALID');
      return client;
    },
    client: (id) => clients.get(id),
  };
  const keys = await openSigningKeys({ database, changes, secrets: given, clock, log: noLog });
  const denied = await openDeniedTokens({ database, changes, audit, clock });
  const issuer = ownIssuer({ issuer: issuerUrl, tokenLifeMs: 900_000, keys, clients: verifier, clock });
  const tokens = new TokenVerifier({ issuers: [issuer], clock, denied });
  const endpoint = new TokenEndpoint({ issuer, clients: verifier, tokens, denied });
  return {
    endpoint,
    tokens,
    keys,
    audit,
    database,
    clients,
    async close() {
      keys.close();
      audit.close();
      await changes.close();
    },
  };
}

/** `client_secret_basic`, encoded as RFC 6749 §2.3.1 has it. */
export function basic(id: string, text = secret): string {
  const encoded = (value: string): string => new URLSearchParams({ '': value }).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(text)}`).toString('base64')}`;
}
