import { type ErrorCode, TributaryError } from '../../errors.ts';
import { errorOfFormat } from '../../formats/format-error-codes.ts';
import { runSliced, type Sliced } from '../../formats/xml/slices.ts';
import type { CallContext } from '../../operations/call.ts';
import { forwardedTo } from '../../operations/forwarded.ts';
import type { Forwarding } from '../../operations/forwarding.ts';
import type { HttpAnswer, HttpClient } from '../../wire/http-client.ts';
import { retryAfterMs } from '../../wire/retry-after.ts';
import type { CookieJar } from './cookies.ts';

/** Sends documents to one address. */
export interface XmlRpcClient {
  /**
   * Posts a document and reads the answer. An answer with another status than 2xx is read too: some servers send their
   * faults so.
   *
   * Rejects with the HTTP client's errors; `UPSTREAM_INVALID_RESPONSE` and `UPSTREAM_RESPONSE_TOO_LARGE` as the reader
   * finds; where the status says that there is no answer: `UPSTREAM_RATE_LIMITED`, `UPSTREAM_UNAVAILABLE`
   * (502 to 504) or `DOWNSTREAM_SERVICE_ERROR`.
   */
  ask<T>(
    document: string,
    read: ReadAnswer<T>,
    context: Pick<CallContext, 'signal' | 'trace' | 'forwarded' | 'returned'>,
    /** Whether it only reads, and may be sent again where a kept connection turns out to be closed. */
    repeatable: boolean,
  ): Promise<T>;
}

export type ReadAnswer<T> = (body: Uint8Array, contentType: string | undefined) => Sliced<T>;

export interface ClientOptions {
  readonly service: string;
  readonly http: HttpClient;
  /** Path and query of the address. */
  readonly path: string;
  /** Sent with every request; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: CookieJar | undefined;
  readonly forwarding?: Forwarding | undefined;
}

export function xmlRpcClient(options: ClientOptions): XmlRpcClient {
  const { service, http, path, headers, cookies, forwarding } = options;
  return {
    async ask(document, read, { signal, trace, forwarded, returned }, repeatable) {
      const traceparent = trace.traceparent();
      const cookie = cookies?.header();
      const answer = await http.request({
        method: 'POST',
        path,
        headers: {
          'content-type': 'text/xml; charset=utf-8',
          accept: 'text/xml, application/xml',
          ...headers,
          ...(cookie !== undefined && { cookie }),
          ...(traceparent !== undefined && { traceparent }),
          ...(forwarding !== undefined && forwardedTo(forwarding, forwarded)),
        },
        body: document,
        signal,
        repeatable,
      });
      if (forwarding !== undefined) returned?.take(forwarding, answer.headers);
      cookies?.keep(answer.headers['set-cookie']);
      try {
        return await runSliced(read(answer.body, answer.headers['content-type']), signal);
      } catch (thrown) {
        if (isFailure(answer)) throw statusError(answer, service);
        throw errorOfFormat(thrown, service);
      }
    },
  };
}

function isFailure({ status }: HttpAnswer): boolean {
  return status < 200 || status > 299;
}

function statusError({ status, headers, body }: HttpAnswer, service: string): TributaryError {
  const waitMs = retryAfterMs(headers['retry-after']);
  return new TributaryError(codeOfStatus(status), undefined, {
    service,
    detail: `HTTP ${status}: ${JSON.stringify(body.toString('utf8', 0, EXCERPT_BYTES))}`,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** As much of an error's body as an operator needs to recognise it. */
const EXCERPT_BYTES = 300;

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'UPSTREAM_RATE_LIMITED';
  if (status >= 502 && status <= 504) return 'UPSTREAM_UNAVAILABLE';
  return status < 400 ? 'UPSTREAM_INVALID_RESPONSE' : 'DOWNSTREAM_SERVICE_ERROR';
}
