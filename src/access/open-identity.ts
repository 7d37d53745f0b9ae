import type { ServerConfig } from '../config/server-config.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import type { RevokedUses } from './audit/revoked-uses.ts';
import { type ClientAddress, clientAddressBy } from './identity/address.ts';
import { configuredIssuer } from './identity/configured-issuer.ts';
import { Identity } from './identity/identity.ts';
import { withRegisteredPeople } from './identity/registered-people.ts';
import { TokenVerifier } from './identity/token-verifier.ts';
import type { Pepper } from './keys/pepper.ts';
import type { LimitStore } from './limits/limit-store.ts';
import { ProcessLimits } from './limits/process-limits.ts';
import type { DeniedTokens } from './oauth/denied-tokens.ts';
import { ownIssuer } from './oauth/own-issuer.ts';
import { openSigningKeys } from './oauth/signing-keys.ts';
import { TokenEndpoint } from './oauth/token-endpoint.ts';
import type { Registry } from './registry.ts';
import type { Changes } from './state/changes.ts';
import type { Database } from './state/database.ts';

export interface OpenIdentityOptions {
  readonly config: ServerConfig['access'];
  readonly database: Database;
  readonly changes: Changes;
  readonly pepper: Pepper;
  /** Tokens that are refused though nothing is wrong with them, and those that clients revoke. */
  readonly denied: DeniedTokens;
  readonly registry: Pick<Registry, 'verifier' | 'memberships'>;
  /** Counts the tokens that apps get. @default in this process alone */
  readonly rates?: Pick<LimitStore, 'enter'>;
  /** Told of secrets of apps that are used after they were revoked. @default nobody is */
  readonly revokedUses?: Pick<RevokedUses, 'note'>;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What tells callers apart, and gives apps their tokens. */
export interface OpenIdentity {
  readonly identity: Identity;
  /** Of this server as an issuer of tokens. */
  readonly oauth: {
    readonly issuer: string;
    readonly endpoint: TokenEndpoint;
    readonly keys: () => object;
    readonly addressOf: ClientAddress;
  };
  /** The names of the issuers whose tokens cannot be verified, their keys never having come, or too long ago. */
  unready(): readonly string[];
  close(): void;
}

/** Opens it. An issuer that is down keeps the server from being ready, not from starting. */
export async function openIdentity(options: OpenIdentityOptions): Promise<OpenIdentity> {
  const { config, database, changes, pepper, denied, registry, log, clock = steadyClock } = options;
  const { anonymous, environment, trustedProxies, publicUrl, tokenLifeMs } = config;
  const { rates = new ProcessLimits(clock), revokedUses } = options;
  const clients = registry.verifier;
  const keys = await openSigningKeys({ database, changes, pepper, clock, log });
  const own = ownIssuer({ issuer: publicUrl, tokenLifeMs, keys, clients, clock });
  const others = config.issuers.map((issuer) =>
    withRegisteredPeople(configuredIssuer(issuer, log, clock), issuer, registry.memberships),
  );
  const tokens = new TokenVerifier({ issuers: [own, ...others], clock, denied });
  return {
    identity: new Identity({ anonymous, environment, trustedProxies, keys: registry.verifier, tokens }),
    oauth: {
      issuer: publicUrl,
      endpoint: new TokenEndpoint({ issuer: own, clients, denied, rates, clock, revokedUses }),
      keys: () => keys.published(),
      addressOf: clientAddressBy(trustedProxies),
    },
    unready: () => others.filter((issuer) => !issuer.keys.isUsable()).map(({ name }) => name),
    close() {
      for (const issuer of [own, ...others]) issuer.keys.close();
    },
  };
}
