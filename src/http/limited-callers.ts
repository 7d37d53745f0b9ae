import { crc32 } from 'node:zlib';
import type { RevokedUses } from '../access/audit/revoked-uses.ts';
import type { Credentials } from '../access/identity/credentials.ts';
import { readKey } from '../access/keys/key-format.ts';
import type { Limits } from '../access/limits/limits.ts';
import type { Caller } from '../caller.ts';
import { codeOf, toError } from '../errors.ts';
import type { Callers } from './callers.ts';

const wrong: ReadonlySet<string> = new Set(['API_KEY_INVALID', 'TOKEN_INVALID']);

/**
 * The same callers; an address that tries out credentials gets no answer to them for a while, and whoever goes on with a
 * revoked key is told to the audit log. Nothing is done for credentials that are good.
 */
export function limitedCallers(
  callers: Callers,
  limits: Pick<Limits, 'checkAddress' | 'badCredentials'>,
  revokedUses?: Pick<RevokedUses, 'note'>,
): Callers {
  const count = (credentials: Credentials, thrown: unknown): never => {
    const code = codeOf(thrown);
    const keyId = code === 'API_KEY_REVOKED' ? readKey(credentials.key?.text ?? '')?.id : undefined;
    if (keyId !== undefined) revokedUses?.note(keyId, credentials.address);
    if (wrong.has(code)) limits.badCredentials(credentials.address, fingerprintOf(credentials));
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
