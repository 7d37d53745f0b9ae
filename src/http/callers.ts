import type { IncomingMessage } from 'node:http';
import { type Credentials, credentialHeaders } from '../access/identity/credentials.ts';
import type { Identity } from '../access/identity/identity.ts';
import { type Caller, everyone } from '../caller.ts';

/** Tells who sends a request. */
export interface Callers {
  /** Names of the headers that decide it: answers that are not the same for everybody vary by them. */
  readonly headers: readonly string[];
  /** Takes the credentials out of the headers and the URL. Throws errors of the table. */
  take(request: IncomingMessage): Credentials;
  /** Throws, or rejects with, errors of the table. Synchronous where it can be told at once. */
  identify(credentials: Credentials): Caller | Promise<Caller>;
}

/** While nothing tells callers apart. */
export const everybody: Callers = {
  headers: [],
  take: () => noCredentials,
  identify: () => everyone,
};

const noCredentials: Credentials = Object.freeze({
  key: undefined,
  token: undefined,
  address: '',
  origin: undefined,
});

/** Callers as their keys and tokens tell them apart. */
export function callersBy(identity: Identity): Callers {
  return {
    headers: credentialHeaders,
    take: (request) => identity.take(request),
    identify: (credentials) => identity.identify(credentials),
  };
}

/**
 * Who sends a request, by its headers alone.
 *
 * @returns `undefined` where its body may say more: a POST without other credentials, where some are needed
 */
export function callerByHeaders(
  callers: Callers,
  credentials: Credentials,
  method: string | undefined,
): Caller | Promise<Caller> | undefined {
  const mayBeInBody = method === 'POST' && credentials.key === undefined && credentials.token === undefined;
  if (!mayBeInBody) return callers.identify(credentials);
  try {
    return callers.identify(credentials);
  } catch {
    // Asked again when the body was read: what is wrong then is told.
    return undefined;
  }
}
