import type { IncomingMessage } from 'node:http';
import { TributaryError } from '../../errors.ts';
import type { KeyLocation } from '../keys/verified-key.ts';
import type { ClientAddress } from './address.ts';

/** What a request says of who sends it. Holds secrets: lives as long as the identification. */
export interface Credentials {
  readonly key: { readonly text: string; readonly location: KeyLocation } | undefined;
  /** A JSON Web Token, not verified. */
  readonly token: string | undefined;
  /** Where the request came from. */
  readonly address: string;
  /** The page that it came from, where a browser says so. */
  readonly origin: string | undefined;
}

/** The parts of Node's request that credentials stand in. */
export type CredentialsRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/** The headers that decide who is calling. */
export const credentialHeaders: readonly string[] = Object.freeze(['authorization', 'x-api-key', 'origin']);

const keyPrefix = 'trib_';
const keyParameter = 'api_key';
/** The name of a parameter may be encoded, in whole or in part. */
const mayHoldKey = /[?&](?:api_key|[^=&?]*%)/;

/**
 * Takes the credentials out of a request: `Authorization: Bearer` (a key begins with `trib_`, all else is a token),
 * `X-API-Key`, `?api_key=`. What follows sees a request without them, so that they get into no log and no answer.
 *
 * @throws TributaryError `AMBIGUOUS_CREDENTIALS` where two keys or two tokens are given, `UNAUTHENTICATED` where a header
 * is there and says nothing that can be read: it never counts as none
 */
export function takeCredentials(request: CredentialsRequest, addressOf: ClientAddress): Credentials {
  const { headers } = request;
  const { authorization, 'x-api-key': keyHeader } = headers;
  if (authorization !== undefined) delete headers.authorization;
  if (keyHeader !== undefined) delete headers['x-api-key'];
  const inQuery = mayHoldKey.test(request.url ?? '') ? takeFromQuery(request) : undefined;
  const bearer = authorization === undefined ? undefined : bearerOf(authorization, request.rawHeaders);
  const isKey = bearer?.startsWith(keyPrefix) === true;
  let text = isKey ? bearer : undefined;
  let location: KeyLocation = 'header';
  if (keyHeader !== undefined) text = onlyOne(text, keyOfHeader(keyHeader));
  if (inQuery !== undefined) {
    text = onlyOne(text, keyOfQuery(inQuery));
    location = 'query';
  }
  return {
    key: text === undefined ? undefined : { text, location },
    token: isKey ? undefined : bearer,
    address: addressOf(request.socket.remoteAddress, textOf(headers['x-forwarded-for'])),
    origin: headers.origin,
  };
}

/**
 * Takes the key out of a body, where `extensions.apiKey` is one.
 *
 * @returns the credentials with it; the same object where there is none
 * @throws TributaryError as `takeCredentials`
 */
export function withBodyKey(credentials: Credentials, body: unknown): Credentials {
  const extensions = Object(Object(body).extensions) as { apiKey?: unknown };
  if (!Object.hasOwn(extensions, 'apiKey')) return credentials;
  const { apiKey: text } = extensions;
  delete extensions.apiKey;
  if (typeof text !== 'string' || text === '')
    throw malformed('`extensions.apiKey` must be the text of an API key.');
  return { ...credentials, key: { text: onlyOne(credentials.key?.text, text), location: 'body' } };
}

/** Implements "Authorization Request Header Field", RFC 6750 §2.1. Node keeps the first of several such headers. */
function bearerOf(header: string, rawHeaders: readonly string[]): string {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 13 && rawHeaders[at]?.toLowerCase() === 'authorization') count += 1;
  if (count > 1 || header.includes(',')) throw ambiguous('The header `Authorization` may be given once.');
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header)?.[1];
  if (token !== undefined) return token;
  throw malformed('The header `Authorization` must be `Bearer` and a key or a token.');
}

/** Node joins several of them with commas, which no key has. */
function keyOfHeader(header: string | string[]): string {
  const text = textOf(header)?.trim() ?? '';
  if (text.includes(',')) throw ambiguous('The header `X-API-Key` may be given once.');
  if (text === '') throw malformed('The header `X-API-Key` is empty.');
  return text;
}

/** The values of every such parameter, which the URL no longer has then. */
function takeFromQuery(request: CredentialsRequest): readonly string[] | undefined {
  const { url = '' } = request;
  const at = url.indexOf('?');
  const values: string[] = [];
  const kept = url
    .slice(at + 1)
    .split('&')
    .filter((pair) => {
      const [[name, value] = ['', '']] = new URLSearchParams(pair);
      if (name === keyParameter) values.push(value);
      return name !== keyParameter;
    });
  if (values.length === 0) return undefined;
  request.url = kept.length === 0 ? url.slice(0, at) : `${url.slice(0, at)}?${kept.join('&')}`;
  return values;
}

function keyOfQuery([text = '', ...more]: readonly string[]): string {
  if (more.length > 0) throw ambiguous(`The parameter \`${keyParameter}\` may be given once.`);
  if (text === '') throw malformed(`The parameter \`${keyParameter}\` is empty.`);
  return text;
}

/** The same key in two places is one too many as well: only one of them may be allowed there. */
function onlyOne(known: string | undefined, given: string): string {
  if (known === undefined) return given;
  throw ambiguous('Give one API key, in one place.');
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

function ambiguous(message: string): TributaryError {
  return new TributaryError('AMBIGUOUS_CREDENTIALS', message);
}

function malformed(message: string): TributaryError {
  return new TributaryError('UNAUTHENTICATED', message);
}
