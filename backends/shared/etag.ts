import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { json, type Reply } from './reply.ts';

/**
 * A JSON answer with a validator: `ETag` and `Cache-Control`, and 304 when the client has it already.
 * Implements the `If-None-Match` part of RFC 9110 §13.1.2 (weak comparison, lists, `*`).
 */
export function cacheableJson(value: unknown, cacheControl: string, headers: IncomingHttpHeaders): Reply {
  const reply = json(value);
  const etag = `"${createHash('sha256').update(reply.body).digest('base64url').slice(0, 22)}"`;
  const validators = { ETag: etag, 'Cache-Control': cacheControl };
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers: validators, body: '' };
  return { ...reply, headers: validators };
}
