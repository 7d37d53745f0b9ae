import type { CancelSignal } from '../util/abort.ts';
import type { TlsMaterial } from './connector.ts';
import type { Headers } from './header-values.ts';

/** What one request carries to say who is asking. */
export interface Carried {
  readonly headers: Headers;
  /** `name=value`, encoded. */
  readonly query?: string;
}

/** How a datasource shows a service who it is. */
export interface Credentials {
  /** What a request that is about to be sent carries. Rejects with an error of the table, or the signal's reason. */
  carried(signal: CancelSignal): Carried | Promise<Carried>;
  /** The service refused a request that carried this (401). Whether there may be something better to carry now. */
  refused?(carried: Carried): boolean;
  /** The service took what a request carried. */
  accepted?(carried: Carried): void;
  close?(): Promise<void>;
}

/** What a client needs to be let in by a service, and to know that it is the service. */
export interface HttpSecurity {
  readonly credentials?: Credentials | undefined;
  readonly tls?: TlsMaterial | undefined;
}

/** The header of basic authentication (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The same for every request. */
export function fixedCredentials(carried: Carried): Credentials {
  return { carried: () => carried };
}
