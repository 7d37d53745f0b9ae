import { isHeaderName } from '../util/header-text.ts';

/** Of one connection, not of a message (RFC 9110 §7.6.1), or made by the one that sends. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** Decide what a request to the service means, which the operation's definition does. */
const ofTheRequest: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'date',
  'idempotency-key',
  'range',
  'soapaction',
  'traceparent',
  'tracestate',
  'x-request-id',
]);

/** Set by the server on its own answers. */
const ofTheAnswer: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'allow',
  'alt-svc',
  'authentication-info',
  'cache-control',
  'clear-site-data',
  'date',
  'etag',
  'expires',
  'last-modified',
  'link',
  'location',
  'nel',
  'permissions-policy',
  'pragma',
  'ratelimit',
  'ratelimit-policy',
  'referrer-policy',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'retry-after',
  'server',
  'server-timing',
  'sourcemap',
  'strict-transport-security',
  'vary',
  'www-authenticate',
  'x-content-type-options',
  'x-frame-options',
  'x-request-id',
  'x-xss-protection',
]);

/** Why a header of the client's request must not be sent to a service; `undefined` where it may. */
export function whyNotForwarded(name: string): string | undefined {
  if (!isHeaderName(name)) return 'that is no name for a header';
  if (name === 'authorization') return 'a token is forwarded by `forward: { authorization: true }` alone';
  if (name === 'cookie' || name === 'x-api-key') return 'it holds credentials for this server';
  if (ofTheConnection.has(name)) return 'it belongs to the connection';
  if (name.startsWith('content-')) return 'it describes the body of another message';
  if (ofTheRequest.has(name) || name.startsWith('if-')) return 'the definition decides it';
  return undefined;
}

/** Why a header of a service's answer must not get into the client's; `undefined` where it may. */
export function whyNotReturned(name: string): string | undefined {
  if (!isHeaderName(name)) return 'that is no name for a header';
  if (name === 'set-cookie' || name === 'set-cookie2') return 'cookies of a service are not for clients';
  if (ofTheConnection.has(name)) return 'it belongs to the connection';
  if (name.startsWith('content-')) return 'it describes the body of another message';
  if (ofTheAnswer.has(name) || /^(?:access-control|cross-origin)-/.test(name)) return 'the server sets it';
  return undefined;
}
