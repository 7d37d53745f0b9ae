import type { Socket } from 'node:net';
import { type ErrorCode, errorTable, TributaryError } from '../errors.ts';
import { errorAnswer } from './error-answer.ts';
import { requestIdOf } from './request-headers.ts';
import { securityHeaders } from './security-headers.ts';

/** What Node gives when it cannot read a request. */
export interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** Answers what is no readable HTTP request, in JSON like everything else, and closes the connection. */
export function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isOfTls(error)) {
    socket.destroy();
    return;
  }
  const code = codeFor(error);
  const { status, headers, body } = errorAnswer(new TributaryError(code), requestIdOf(undefined));
  const reason = code === 'BAD_REQUEST' ? 'Bad Request' : errorTable[code].message;
  const lines = Object.entries({
    ...securityHeaders,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`);
}

/** Nothing can be said on a connection that was never made. */
function isOfTls({ code = '' }: ClientError): boolean {
  return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS');
}

function codeFor({ code, rawPacket }: ClientError): ErrorCode {
  if (code !== 'HPE_HEADER_OVERFLOW') return 'BAD_REQUEST';
  // Node counts the URL among the headers: where no line has ended yet, it is the URL that is too long.
  const firstLineEnds = Buffer.isBuffer(rawPacket) ? rawPacket.indexOf('\r\n') : 0;
  return firstLineEnds === -1 || firstLineEnds > 8_192 ? 'URI_TOO_LONG' : 'HEADERS_TOO_LARGE';
}
