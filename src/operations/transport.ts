import type { Log } from '../telemetry/log.ts';
import type { Call } from './call.ts';
import type { Forwarding } from './forwarding.ts';

/** Speaks one protocol to one backend. One `Call` of what it prepares is one wire request. */
export interface Transport<Spec = unknown> {
  /** Compiles one operation. Runs at start-up; a specification that cannot work throws here. */
  prepare<I, O>(spec: Spec, operationName: string): Prepared<I, O>;
  /** Changes with the content of the files (descriptions, schemas) that decide answers. @default none do */
  readonly documents?: string;
  /** Resolves when the backend answers at all; rejects when it does not. Used by the readiness check. */
  ping?(signal: AbortSignal): Promise<void>;
  /** Ends connections once nothing is in flight. */
  close?(): Promise<void>;
}

export interface Prepared<I, O> {
  readonly call: Call<I, O>;
  /** The most inputs that one wire request can carry; 1 where the protocol cannot batch. */
  readonly maxInputs: number;
  /** Inputs with different texts must not share a wire request. */
  readonly groupBy?: (input: I) => string;
}

/** What a datasource gets to open its transport with. */
export interface OpenContext {
  /** The value of each setting by the name it has in the datasource's options. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Log;
  /** What its requests take from the clients', and what its answers give to theirs. */
  readonly forwarding?: Forwarding | undefined;
}
