import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';
import type { Reply } from './reply.ts';

/** Answers a repeated write with the answer of the first: the work is done once per `Idempotency-Key`. */

const maxKeys = 10_000;

export interface IdempotencyRecord {
  /**
   * Does the work, or repeats the answer it had.
   *
   * @param key the header's value.
   * @param asked what identifies the request: method, path, body; in any member order.
   * @throws Problem 400 without a usable key, 422 when the key came with another request before. A refusal of the work is
   *   not kept: the client may mend the request and use the key again.
   */
  once(key: string | string[] | undefined, asked: unknown, work: () => Reply): Reply;
}

/** Remembers the last 10,000 keys. */
export function idempotencyRecord(): IdempotencyRecord {
  const kept = new Map<string, { fingerprint: string; reply: Reply }>();
  return {
    once: (key, asked, work) => {
      if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
        throw new Problem(400, 'An Idempotency-Key of 1 to 255 visible ASCII characters is required.');
      }
      const fingerprint = createHash('sha256').update(canonical(asked)).digest('base64');
      const earlier = kept.get(key);
      if (earlier && earlier.fingerprint !== fingerprint) {
        throw new Problem(422, 'This Idempotency-Key was used with another request.');
      }
      if (earlier) {
        return { ...earlier.reply, headers: { ...earlier.reply.headers, 'Idempotency-Replayed': 'true' } };
      }
      const reply = work();
      kept.set(key, { fingerprint, reply });
      const oldest = kept.keys().next().value;
      if (kept.size > maxKeys && oldest !== undefined) kept.delete(oldest);
      return reply;
    },
  };
}

/** JSON with the members of each object in order of name. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
