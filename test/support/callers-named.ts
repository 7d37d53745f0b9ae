import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../../src/access/identity/credentials.ts';
import type { Caller } from '../../src/caller.ts';
import type { Callers } from '../../src/http/callers.ts';

export type CallerOf = (request: IncomingMessage) => Caller | Promise<Caller>;

/** Callers that a header `X-Caller` names: for tests in which only the difference counts. */
export function callersNamed(callerOf: CallerOf): Callers {
  const requests = new WeakMap<Credentials, IncomingMessage>();
  return {
    headers: ['x-caller'],
    take(request) {
      const address = request.socket.remoteAddress ?? '';
      const credentials: Credentials = { key: undefined, token: undefined, address, origin: undefined };
      requests.set(credentials, request);
      return credentials;
    },
    identify: (credentials) => callerOf(requests.get(credentials) as IncomingMessage),
  };
}
