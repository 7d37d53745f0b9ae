import type { SoapFault } from '../../formats/soap/fault.ts';
import {
  type CallOptions,
  decodeReply,
  type ReplyOptions,
  type SoapRequest,
} from '../../formats/wsdl/call.ts';
import type { SoapAnswer, SoapOperation } from '../../formats/wsdl/operation.ts';
import type { CallContext } from '../../operations/call.ts';
import type { HttpAnswer, HttpClient } from '../../wire/http-client.ts';
import { errorOfFormat } from './format-errors.ts';
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
}

/** The value of a body, or the fault in its place. */
export type Answer =
  | { readonly body: unknown; readonly headers: Readonly<Record<string, unknown>> }
  | { readonly fault: SoapFault };

const ACCEPT = 'text/xml, application/soap+xml, multipart/related';

/**
 * Sends one message and reads the answer. Faults are read whatever the status is: services send them with 200 as well as
 * with 500. The answer of a one-way operation is `null`.
 *
 * Rejects with the HTTP client's errors; `UPSTREAM_INVALID_RESPONSE` and `UPSTREAM_RESPONSE_TOO_LARGE` as the reader
 * finds; with what the status means where it is none of success and there is no fault.
 * Implements the HTTP bindings of SOAP 1.1 §6 and SOAP 1.2 part 2 §7.
 */
export async function exchange(message: SoapRequest, to: Endpoint, context: CallContext): Promise<Answer> {
  const traceparent = context.trace.traceparent();
  const answer = await to.http.request({
    method: 'POST',
    path: to.path,
    headers: {
      accept: ACCEPT,
      ...message.headers,
      ...to.headers,
      ...(traceparent !== undefined && { traceparent }),
    },
    body: message.body,
    signal: context.signal,
    repeatable: to.repeatable,
  });
  if (to.operation.oneWay && isSuccess(answer) && answer.body.length === 0)
    return { body: null, headers: {} };
  const read = await readAnswer(answer, to, context.signal);
  if (read.fault !== undefined) return { fault: read.fault };
  if (!isSuccess(answer)) throw statusError(answer, to.service);
  return { body: read.body, headers: read.headers };
}

async function readAnswer(answer: HttpAnswer, to: Endpoint, signal: AbortSignal): Promise<SoapAnswer> {
  try {
    const contentType = answer.headers['content-type'];
    return await decodeReply(to.operation, answer.body, contentType, { ...to.reading, signal });
  } catch (thrown) {
    if (!isSuccess(answer)) throw statusError(answer, to.service);
    throw errorOfFormat(thrown, to.service);
  }
}
