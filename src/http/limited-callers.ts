import { crc32 } from 'node:zlib';
import type { Credentials } from '../access/identity/credentials.ts';
import type { Limits } from '../access/limits/limits.ts';
import type { Caller } from '../caller.ts';
import { codeOf, toError } from '../errors.ts';
import type { Callers } from './callers.ts';

const wrong: ReadonlySet<string> = new Set(['API_KEY_INVALID', 'TOKEN_INVALID']);

/** The same callers; an address that tries out credentials gets no answer to them for a while. */
export function limitedCallers(
  callers: Callers,
  limits: Pick<Limits, 'checkAddress' | 'badCredentials'>,
): Callers {
  const count = (credentials: Credentials, thrown: unknown): never => {
    if (wrong.has(codeOf(thrown))) limits.badCredentials(credentials.address, fingerprintOf(credentials));
    throw toError(thrown);
  };
  return {
    headers: callers.headers,
    take: (request) => callers.take(request),
    identify(credentials) {
      limits.checkAddress(credentials.address);
      let caller: Caller | Promise<Caller>;
      try {
        caller = callers.identify(credentials);
      } catch (thrown) {
        return count(credentials, thrown);
      }
      return caller instanceof Promise ? caller.catch((thrown) => count(credentials, thrown)) : caller;
    },
  };
}

/** Tells credentials apart, and nothing more. */
function fingerprintOf({ key, token }: Credentials): number {
  return crc32(key?.text ?? token ?? '');
}
