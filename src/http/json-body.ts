import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TributaryError } from '../errors.ts';

const deepestJson = 100;

/**
 * Reads bodies of JSON strictly: UTF-8 without a byte order mark, nothing that would change an object's prototype, at
 * most 100 levels. Any other body is refused with JSON, and never reaches a route.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const refuse = (message: string): void => done(new TributaryError('BAD_REQUEST', message));
    const bytes = body as Buffer;
    if (bytes.length === 0) return refuse('The body is empty: a JSON object is expected.');
    if (!isUtf8(bytes)) return refuse('The body is no valid UTF-8.');
    if (bytes[0] === 0xef) return refuse('The body must not begin with a byte order mark.');
    if (isDeeperThan(bytes, deepestJson)) return refuse('The body is nested too deeply.');
    parse(request as FastifyRequest, bytes.toString('utf8'), (error, value) => {
      if (error) refuse('The body is no valid JSON.');
      else done(null, value);
    });
  });
}

/** Counts brackets outside of texts: one pass, no stack. */
function isDeeperThan(bytes: Buffer, limit: number): boolean {
  if (bytes.length <= limit) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return false;
}
