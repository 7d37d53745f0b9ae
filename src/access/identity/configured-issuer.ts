import { createPublicKey, createSecretKey } from 'node:crypto';
import type { Audience, Caller } from '../../caller.ts';
import type { IssuerOptions } from '../../config/identity-options.ts';
import { TributaryError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import { given } from '../../util/given.ts';
import { claimOf } from './claim.ts';
import { type IssuerKeys, oneKey } from './issuer-key.ts';
import { openRemoteKeys } from './remote-keys.ts';
import type { Bearer, Claims, TokenIssuer } from './token-issuer.ts';

const longestName = 255;
const longestClaim = 1_024;

/**
 * An issuer as the configuration has it. The caller is the user whom `sub` names, or the client where the token was issued
 * to nobody else (RFC 9068 §2.2: `sub` is then the client's).
 *
 * Throws an `Error` for a public key that is none.
 */
export function configuredIssuer(options: IssuerOptions, log: Log, clock: Clock): TokenIssuer {
  const { name, issuer, recipients, type, clockSkewMs } = options;
  return {
    name,
    issuer,
    recipients,
    algorithms:
      options.algorithms ?? (options.secret === undefined ? ['RS256', 'PS256', 'ES256'] : ['HS256']),
    type,
    clockSkewMs,
    keys: keysOf(options, log, clock),
    bearer: (claims) => bearerOf(claims, options),
  };
}

function keysOf({ name, jwksUrl, publicKey, secret }: IssuerOptions, log: Log, clock: Clock): IssuerKeys {
  if (jwksUrl !== undefined) return openRemoteKeys({ name, url: jwksUrl, log, clock });
  if (secret !== undefined) return oneKey(createSecretKey(Buffer.from(secret)));
  return oneKey(createPublicKey(publicKey ?? ''));
}

function bearerOf(claims: Claims, options: IssuerOptions): Bearer {
  const subject = textOr(claims.sub);
  const client = textOr(claims.client_id) ?? textOr(claims.azp);
  const isClient = subject === undefined || subject === client;
  const named = isClient ? client : subject;
  // It goes into logs, keys of caches and the usage log, where Postgres keeps no NUL.
  if (named === undefined || named.length > longestName || /\p{Cc}/u.test(named))
    throw new TributaryError('TOKEN_INVALID', undefined, { detail: 'It names nobody.' });
  const { name, tenantClaim, plan } = options;
  const caller: Caller = {
    id: `${isClient ? 'client' : 'user'}:${name}:${named}`,
    audience: audienceOf(claims, options.audience),
    tenant: tenantClaim === undefined ? undefined : shortText(claimOf(claims, tenantClaim)),
    isAuthenticated: true,
    scopes: scopesOf(claimOf(claims, options.scopeClaim)),
    claims: keptClaims(claims, options.claims),
    ...(isClient ? {} : { user: `${name}:${named}` }),
    ...given({ plan }),
  };
  return { caller: Object.freeze(caller), client, keys: options.keys };
}

function audienceOf(claims: Claims, option: IssuerOptions['audience']): Audience {
  if (typeof option === 'string') return option;
  const value = claimOf(claims, option.claim);
  const words = Array.isArray(value) ? value : [value];
  const granted = words.flatMap((word) =>
    typeof word === 'string' && Object.hasOwn(option.values, word) ? [option.values[word]] : [],
  );
  for (const audience of ['INTERNAL', 'PARTNER'] as const) if (granted.includes(audience)) return audience;
  return 'OPEN';
}

/** RFC 6749 §3.3: words parted by spaces. Some issuers give a list. */
function scopesOf(value: unknown): ReadonlySet<string> {
  const words = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return new Set(words.filter((word): word is string => typeof word === 'string' && word !== ''));
}

function keptClaims(claims: Claims, names: readonly string[]): Readonly<Record<string, string>> {
  const kept: Record<string, string> = Object.create(null);
  for (const name of names) {
    const text = shortText(claimOf(claims, name));
    if (text !== undefined) kept[name] = text;
  }
  return kept;
}

function shortText(value: unknown): string | undefined {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const text = isPlain ? String(value) : '';
  return text === '' || text.length > longestClaim ? undefined : text;
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
