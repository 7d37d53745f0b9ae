import type { IncomingMessage } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../caller.ts';
import type { Execution } from '../execution/execution.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Exchange } from './exchange.ts';

/** Tells who is calling, by the headers of a request; rejects with `UNAUTHENTICATED` and the like. */
export type CallerOf = (request: IncomingMessage) => Caller | Promise<Caller>;

export interface EndpointOptions {
  readonly path: string;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly callerOf: CallerOf;
  /** Names of the headers that `callerOf` reads: answers that are not the same for everybody vary by them. */
  readonly callerHeaders: readonly string[];
  /** Whether callers of `INTERNAL` may have their requests explained. */
  readonly explain: boolean;
  /** The page for browsers, where there is one. */
  readonly page: ((reply: FastifyReply) => FastifyReply) | undefined;
  readonly isStopping: () => boolean;
  /** The exchanges under way. */
  readonly exchanges: Set<Exchange>;
}
