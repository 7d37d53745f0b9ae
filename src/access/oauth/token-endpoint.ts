import jwt from 'jsonwebtoken';
import { errorTable, isTributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { RevokedUses } from '../audit/revoked-uses.ts';
import type { DenyList } from '../identity/deny-list.ts';
import { TokenVerifier } from '../identity/token-verifier.ts';
import type { ClientVerifier } from '../keys/key-verifier.ts';
import type { VerifiedKey } from '../keys/verified-key.ts';
import type { LimitStore, Rate } from '../limits/limit-store.ts';
import { authenticatedClient, type Form } from './client-authentication.ts';
import type { DeniedTokens } from './denied-tokens.ts';
import { OAuthError } from './oauth-error.ts';
import type { OwnIssuer } from './own-issuer.ts';

export interface TokenEndpointOptions {
  readonly issuer: OwnIssuer;
  readonly clients: ClientVerifier;
  readonly denied: Pick<DeniedTokens, 'deny'>;
  readonly clock: Clock;
  /** Counts the tokens that an app gets. */
  readonly rates: Pick<LimitStore, 'enter'>;
  /** Told of secrets that are used after they were revoked. @default nobody is */
  readonly revokedUses?: Pick<RevokedUses, 'note'> | undefined;
}

/** Tokens of one app: it needs one for each quarter of an hour, and every process of it may ask for its own. */
const tokenRate: Rate = { perMinute: 60, burst: 60 };

/** A request to one of the endpoints: its header `Authorization`, and its body, a form. */
export interface OAuthRequest {
  readonly authorization: string | undefined;
  readonly body: string;
  /** Where it came from. @default it is not known */
  readonly address?: string;
}

export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; without one the answer is empty. */
  readonly body?: object;
}

/** An administrator's denial can be taken back: what its owner revokes meanwhile must be known then. */
const nothingDenied: DenyList = { has: () => false, isBlind: () => false };

/** RFC 6749 §5.1: nothing of it may be kept. */
const neverKept = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;

/**
 * The OAuth 2.0 endpoints of this server: tokens for apps by client credentials (RFC 6749 §4.4), and their revocation
 * (RFC 7009). Answers every request; rejects only where something fails that should not.
 */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions;
  readonly #ownTokens: Pick<TokenVerifier, 'verify'>;

  constructor(options: TokenEndpointOptions) {
    this.#options = options;
    const { issuer, clock } = options;
    this.#ownTokens = new TokenVerifier({ issuers: [issuer], clock, denied: nothingDenied });
  }

  /** "Access Token Request", RFC 6749 §4.4.2. Without `scope` a token has every scope of its client. */
  token(request: OAuthRequest): Promise<OAuthAnswer> {
    return answered(async () => {
      const { form, client } = await this.#asked(request);
      const grant = form.get('grant_type');
      if (grant === undefined) throw new OAuthError('invalid_request', '`grant_type` is missing.');
      if (grant !== 'client_credentials') throw new OAuthError('unsupported_grant_type');
      const scopes = scopesFor(client, form.get('scope'));
      await this.#count(client.appId);
      const { token, expiresInSeconds } = this.#options.issuer.issue(client, scopes);
      const body = {
        access_token: token,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: [...scopes].join(' '),
      };
      return { status: 200, headers: neverKept, body };
    });
  }

  /** "Token Revocation", RFC 7009 §2. What is no good token is revoked already. */
  revoke(request: OAuthRequest): Promise<OAuthAnswer> {
    return answered(async () => {
      const { form, client } = await this.#asked(request);
      const token = form.get('token');
      if (token === undefined) throw new OAuthError('invalid_request', '`token` is missing.');
      const claims = await this.#ownClaims(token);
      if (claims === undefined) return { status: 200, headers: neverKept };
      if (claims.client_id !== client.appId) throw new OAuthError('unauthorized_client');
      const { issuer } = this.#options.issuer;
      const denied = { issuer, id: claims.jti, until: claims.exp * 1_000, app: client.appId };
      await this.#options.denied.deny(denied, { type: 'system', id: client.appId });
      return { status: 200, headers: neverKept };
    });
  }

  async #count(appId: string): Promise<void> {
    const group = `token:${appId}`;
    const entering = { group, rate: tokenRate, cost: 1, runner: group, running: 0 };
    const { refusedBy, retryInMs, leave } = await this.#options.rates.enter(entering);
    leave();
    if (refusedBy !== undefined) throw new OAuthError('rate_limited', undefined, { retryAfterMs: retryInMs });
  }

  async #asked({
    authorization,
    body,
    address = '',
  }: OAuthRequest): Promise<{ form: Form; client: VerifiedKey }> {
    const { clients, revokedUses } = this.#options;
    const form = formOf(body);
    const revokedUsed = (keyId: string): void => revokedUses?.note(keyId, address);
    return { form, client: await authenticatedClient(authorization, form, clients, revokedUsed) };
  }

  /** The claims of a token that is ours, and good or denied. */
  async #ownClaims(token: string): Promise<OwnClaims | undefined> {
    try {
      await this.#ownTokens.verify(token);
    } catch (thrown) {
      if (isTributaryError(thrown) && thrown.code !== 'AUTH_UNAVAILABLE') return undefined;
      throw new OAuthError('temporarily_unavailable');
    }
    return (jwt.decode(token, { json: true }) as OwnClaims | null) ?? undefined;
  }
}

interface OwnClaims {
  readonly client_id: string;
  readonly jti: string;
  readonly exp: number;
}

/** RFC 6749 §3.2: a parameter may be given once; one without a value is not given. */
function formOf(body: string): Form {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) throw new OAuthError('invalid_request', 'A parameter is given twice.');
    if (value !== '') form.set(name, value);
  }
  return form;
}

/** RFC 6749 §3.3. */
function scopesFor({ scopes }: VerifiedKey, asked: string | undefined): ReadonlySet<string> {
  if (asked === undefined) return scopes;
  const wanted = new Set(asked.split(' ').filter(Boolean));
  for (const scope of wanted) if (!scopes.has(scope)) throw new OAuthError('invalid_scope');
  return wanted;
}

async function answered(work: () => Promise<OAuthAnswer>): Promise<OAuthAnswer> {
  try {
    return await work();
  } catch (thrown) {
    const { code, message, status, asksForBasic, retryAfterMs } = refusalOf(thrown);
    const basic: Readonly<Record<string, string>> = asksForBasic
      ? { 'www-authenticate': 'Basic realm="tributary", charset="UTF-8"' }
      : {};
    const later: Readonly<Record<string, string>> =
      retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
    return {
      status,
      headers: { ...neverKept, ...basic, ...later },
      body: { error: code, error_description: message },
    };
  }
}

/** What cannot be done at present may be asked for again; all else that is no refusal is ours to mend. */
function refusalOf(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (isTributaryError(thrown) && errorTable[thrown.code].status === 503)
    return new OAuthError(
      'temporarily_unavailable',
      thrown.code === 'OVERLOADED' ? thrown.message : undefined,
    );
  throw thrown;
}
