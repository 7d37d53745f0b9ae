import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TributaryError } from '../errors.ts';
import { arrivalOf } from './arrivals.ts';
import { readBody } from './read-body.ts';

const deepestJson = 100;

/**
 * Reads bodies of JSON strictly: UTF-8 without a byte order mark, nothing that would change an object's prototype, at
 * most 100 levels. Any other body is refused with JSON, and never reaches a route.
 */
export function acceptJsonBodies(app: FastifyInstance, maxBytes: number): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, _payload, done) => {
    const { raw } = request;
    const take = (error: TributaryError | undefined, bytes: Buffer): void => {
      const problem = error ?? problemOf(bytes);
      if (problem !== undefined) done(problem);
      else
        parse(request as FastifyRequest, bytes.toString('utf8'), (thrown, value) => {
          if (thrown) done(refused('The body is no valid JSON.'));
          else done(null, value);
        });
    };
    const body = arrivalOf(raw)?.body;
    if (body !== undefined) take(undefined, body);
    else if (Number(raw.headers['content-length'] ?? 0) > maxBytes)
      done(new TributaryError('PAYLOAD_TOO_LARGE'));
    else readBody(raw, maxBytes, take);
  });
}

function problemOf(bytes: Buffer): TributaryError | undefined {
  if (bytes.length === 0) return refused('The body is empty: a JSON object is expected.');
  if (!isUtf8(bytes)) return refused('The body is no valid UTF-8.');
  if (bytes[0] === 0xef) return refused('The body must not begin with a byte order mark.');
  if (isDeeperThan(bytes, deepestJson)) return refused('The body is nested too deeply.');
  return undefined;
}

function refused(message: string): TributaryError {
  return new TributaryError('BAD_REQUEST', message);
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
