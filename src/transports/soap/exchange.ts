import { errorOfFormat } from '../../formats/format-error-codes.ts';
import {
  type CallOptions,
  decodeReply,
  type ReplyOptions,
  type SoapRequest,
} from '../../formats/wsdl/call.ts';
import type { SoapAnswer, SoapOperation } from '../../formats/wsdl/operation.ts';
import type { CallContext } from '../../operations/call.ts';
import { forwardedTo } from '../../operations/forwarded.ts';
import type { Forwarding } from '../../operations/forwarding.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Headers } from '../../wire/header-values.ts';
import type { HttpAnswer, HttpClient } from '../../wire/http-client.ts';
import { isSuccess, statusError } from './status.ts';

/** One operation and where its messages go. */
export interface Endpoint {
  readonly service: string;
  readonly operation: SoapOperation;
  readonly http: HttpClient;
  readonly path: string;
  /** Whether sending a message twice is sending it once: it is a read. */
  readonly repeatable: boolean;
  /** Sent with every message; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is common to all requests: security, addresses, attachments. */
  readonly writing: CallOptions;
  readonly reading: ReplyOptions;
  readonly forwarding?: Forwarding | undefined;
}

/** The value of a body and its headers, or the fault in their place. */
export type Answer = SoapAnswer;

const ACCEPT = 'text/xml, application/soap+xml, multipart/related';

/** Sends a message of one operation and reads its answer. */
export type Exchange = (message: SoapRequest, context: CallContext) => Promise<Answer>;

/**
 * Prepares the exchange of one operation. Faults are read whatever the status is: services send them with 200 as well as
 * with 500. The answer of a one-way operation is `null`.
 *
 * The exchange rejects with the HTTP client's errors; `UPSTREAM_INVALID_RESPONSE` and `UPSTREAM_RESPONSE_TOO_LARGE` as the
 * reader finds; with what the status means where it is none of success and there is no fault.
 * Implements the HTTP bindings of SOAP 1.1 §6 and SOAP 1.2 part 2 §7.
 */
export function openExchange(to: Endpoint): Exchange {
  const { http, path, repeatable, operation, service, forwarding } = to;
  const plain = { accept: ACCEPT, ...operation.httpHeaders, ...to.headers };
  const headersOf = ({ headers }: SoapRequest, traceparent: string | undefined): Headers => {
    const own = headers === operation.httpHeaders ? plain : { accept: ACCEPT, ...headers, ...to.headers };
    return traceparent === undefined ? own : { ...own, traceparent };
  };
  return async (message, { trace, signal, forwarded, returned }) => {
    const own = headersOf(message, trace.traceparent());
    const headers = forwarding === undefined ? own : { ...own, ...forwardedTo(forwarding, forwarded) };
    const body = message.body;
    const answer = await http.request({ method: 'POST', path, headers, body, signal, repeatable });
    if (forwarding !== undefined) returned?.take(forwarding, answer.headers);
    if (operation.oneWay && isSuccess(answer) && answer.body.length === 0) return { body: null, headers: {} };
    const read = await readAnswer(answer, to, signal);
    if (read.fault !== undefined || isSuccess(answer)) return read;
    throw statusError(answer, service);
  };
}

async function readAnswer(answer: HttpAnswer, to: Endpoint, signal: CancelSignal): Promise<SoapAnswer> {
  try {
    const contentType = answer.headers['content-type'];
    return await decodeReply(to.operation, answer.body, contentType, { ...to.reading, signal });
  } catch (thrown) {
    if (!isSuccess(answer)) throw statusError(answer, to.service);
    throw errorOfFormat(thrown, to.service);
  }
}
