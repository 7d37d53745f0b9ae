import { createHash } from 'node:crypto';
import type { Forwarding } from './forwarding.ts';

/** Headers of one client's request, by name in lower case, that some datasource may forward. */
export type ForwardedHeaders = Readonly<Record<string, string>>;

/**
 * The same on its way through the operations. It shows nothing of what it holds, neither to a call that a project wrote by
 * hand nor to a log: a datasource gets what it declares, by `forwardedTo`, and nothing else.
 */
export interface Forwarded {
  readonly kind: 'forwarded';
}

interface Held {
  readonly headers: ForwardedHeaders;
  /** By datasource: worked out once a request. */
  readonly keys: Map<Forwarding, string>;
}

const held = new WeakMap<Forwarded, Held>();

export function forwardedOf(headers: ForwardedHeaders): Forwarded {
  const forwarded: Forwarded = Object.freeze({ kind: 'forwarded' });
  held.set(forwarded, { headers, keys: new Map() });
  return forwarded;
}

/** What a request of a datasource carries of it; nothing where the client sent nothing of it. */
export function forwardedTo(
  { names }: Forwarding,
  forwarded: Forwarded | undefined,
): Readonly<Record<string, string>> {
  const headers = forwarded && held.get(forwarded)?.headers;
  const carried: Record<string, string> = {};
  if (headers === undefined) return carried;
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) carried[name] = value;
  }
  return carried;
}

/**
 * What the key of an answer holds of the forwarded values that its datasource takes: their SHA-256, never a value. Answers
 * to two tokens or two languages of one caller are not the same.
 */
export function forwardedKeyOf(forwarding: Forwarding, forwarded: Forwarded | undefined): string {
  const keys = forwarded && held.get(forwarded)?.keys;
  let key = keys?.get(forwarding);
  if (key === undefined) {
    const carried = JSON.stringify(Object.entries(forwardedTo(forwarding, forwarded)));
    key = createHash('sha256').update(carried).digest('base64url');
    keys?.set(forwarding, key);
  }
  return key;
}
