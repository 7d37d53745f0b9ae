import { type ErrorCode, TributaryError } from '../errors.ts';
import type { CancelSignal } from '../util/abort.ts';
import { isHeaderValue } from '../util/header-text.ts';
import type { TlsMaterial } from './connector.ts';
import { basicAuthorization, type Carried, type Credentials } from './credentials.ts';
import { type HttpAnswer, openHttpClient } from './http-client.ts';

export interface ClientCredentialsOptions {
  readonly service: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  readonly tls?: TlsMaterial | undefined;
}

const renewalLimitMs = 5_000;
/** For a token whose life the server does not tell. */
const assumedLifeMs = 300_000;
/** After a renewal that failed, or whose token was refused as well, nobody asks again for so long. */
const pauseMs = 1_000;

interface Token {
  readonly carried: Carried;
  readonly obtainedAt: number;
  readonly renewAt: number;
  readonly expiresAt: number;
  /** Whether it was fetched because the one before was refused. */
  readonly afterRefusal: boolean;
  /** Whether the service has taken it. */
  taken: boolean;
}

/**
 * OAuth 2.0 client credentials (RFC 6749 §4.4). The token is fetched with the first request, shared by all, and renewed
 * in the background when a fifth of its life (a minute at most) is left. All who wait for a token wait for one renewal.
 * A token that the service refuses is replaced once.
 *
 * Throws an `Error` for an address that is none. Requests fail with `UPSTREAM_UNAVAILABLE` or `UPSTREAM_TIMEOUT` while
 * the token server does not answer, `DOWNSTREAM_SERVICE_ERROR` where it refuses the client, and
 * `UPSTREAM_INVALID_RESPONSE` where its answer holds no bearer token.
 */
export function clientCredentials(options: ClientCredentialsOptions): Credentials {
  const fetchToken = tokenFetcher(options);
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;
  let failure: { readonly error: unknown; readonly until: number } | undefined;
  let refusal = false;

  const renew = (): Promise<Token> => {
    if (failure !== undefined && performance.now() < failure.until) return Promise.reject(failure.error);
    renewal ??= fetchToken
      .get(refusal)
      .then(
        (fetched) => {
          failure = undefined;
          refusal = false;
          token = fetched;
          return fetched;
        },
        (error: unknown) => {
          failure = { error, until: performance.now() + pauseMs };
          throw error;
        },
      )
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  };

  return {
    carried(signal) {
      const now = performance.now();
      if (token !== undefined && now < token.expiresAt) {
        // Whoever asks now has a good token; the renewal's failure is told to those who have none.
        if (now >= token.renewAt) renew().catch(() => {});
        return token.carried;
      }
      return unlessAborted(renew(), signal).then(({ carried }) => carried);
    },
    refused(carried) {
      // Somebody else has renewed it meanwhile.
      if (token?.carried !== carried) return true;
      if (token.afterRefusal && !token.taken && performance.now() - token.obtainedAt < pauseMs) return false;
      token = undefined;
      refusal = true;
      return true;
    },
    accepted(carried) {
      if (token?.carried === carried) token.taken = true;
    },
    close: fetchToken.close,
  };
}

function tokenFetcher(options: ClientCredentialsOptions) {
  const { service, clientId, clientSecret, scope, audience } = options;
  const address = addressOf(options.tokenUrl);
  const client = openHttpClient({
    service,
    baseUrl: address.origin,
    baseUrlOption: 'auth.tokenUrl',
    connections: 1,
    maxResponseBytes: 1_048_576,
    security: { tls: options.tls },
  });
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  }).toString();
  // RFC 6749 §2.3.1: both are form-encoded before they are joined.
  const authorization = basicAuthorization(formEncoded(clientId), formEncoded(clientSecret));
  return {
    async get(afterRefusal: boolean): Promise<Token> {
      const late = new TributaryError('UPSTREAM_TIMEOUT', undefined, {
        service,
        detail: 'The token server did not answer in time.',
      });
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(late), renewalLimitMs);
      try {
        const answer = await client.request({
          method: 'POST',
          path: address.pathname + address.search,
          headers: {
            authorization,
            accept: 'application/json',
            'content-type': 'application/x-www-form-urlencoded',
          },
          body,
          signal: controller.signal,
          repeatable: true,
        });
        return readToken(answer, service, afterRefusal);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => client.close(),
  };
}

/** Nothing of the answer's text gets into an error, but the code of RFC 6749 §5.2. */
function readToken({ status, body }: HttpAnswer, service: string, afterRefusal: boolean): Token {
  const members = membersOf(body);
  if (status !== 200) {
    const code: ErrorCode =
      status >= 500 || status === 429 ? 'UPSTREAM_UNAVAILABLE' : 'DOWNSTREAM_SERVICE_ERROR';
    const reason =
      typeof members.error === 'string' && /^[\w-]{1,40}$/.test(members.error) ? members.error : '';
    throw failed(code, service, `The token server answered ${status} ${reason}`.trim());
  }
  const { access_token: text, token_type: type = 'bearer', expires_in: seconds } = members;
  if (typeof text !== 'string' || text === '' || !isHeaderValue(text) || !/^bearer$/i.test(String(type)))
    throw failed('UPSTREAM_INVALID_RESPONSE', service, 'The token server gave no bearer token.');
  const lifeMs = Number(seconds) > 0 ? Number(seconds) * 1_000 : assumedLifeMs;
  const obtainedAt = performance.now();
  return {
    carried: { headers: { authorization: `Bearer ${text}` } },
    obtainedAt,
    renewAt: obtainedAt + lifeMs - Math.min(lifeMs / 5, 60_000),
    expiresAt: obtainedAt + lifeMs,
    afterRefusal,
    taken: false,
  };
}

function membersOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function failed(code: ErrorCode, service: string, detail: string): TributaryError {
  return new TributaryError(code, undefined, { service, detail });
}

function addressOf(tokenUrl: string): URL {
  const usable = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (usable !== undefined && usable.username === '' && /^https?:$/.test(usable.protocol)) return usable;
  throw new Error('`auth.tokenUrl` must be an http(s) address without a user.');
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function unlessAborted<T>(promise: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
