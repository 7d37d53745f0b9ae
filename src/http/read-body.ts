import type { IncomingMessage } from 'node:http';
import { TributaryError } from '../errors.ts';

const nothing = Buffer.alloc(0);

/**
 * Reads a body whole, up to its limit. What is left of a longer one is dropped. Not called back where the client leaves
 * before all of it has come.
 *
 * Calls back with `PAYLOAD_TOO_LARGE`.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (error: TributaryError | undefined, body: Buffer) => void,
): void {
  let length = 0;
  // Nearly every body comes in one piece.
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  const take = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) {
      request.off('data', take).off('end', end);
      done(new TributaryError('PAYLOAD_TOO_LARGE'), nothing);
    } else if (first === undefined) first = chunk;
    else if (rest === undefined) rest = [first, chunk];
    else rest.push(chunk);
  };
  const end = (): void =>
    done(undefined, rest === undefined ? (first ?? nothing) : Buffer.concat(rest, length));
  request.on('data', take);
  request.on('end', end);
}

const longestText = 16_384;

/** A body as a key, one character a byte; none where it is too long to be worth a place. */
export function textOfBody(body: Buffer): string | undefined {
  return body.length > longestText ? undefined : body.toString('latin1');
}
