import type { FastifyReply } from 'fastify';
import type { Execution } from '../execution/execution.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Callers } from './callers.ts';
import type { Exchange } from './exchange.ts';

export interface EndpointOptions {
  readonly path: string;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly callers: Callers;
  /** Whether callers of `INTERNAL` may have their requests explained. */
  readonly explain: boolean;
  /** The page for browsers, where there is one. */
  readonly page: ((reply: FastifyReply) => FastifyReply) | undefined;
  readonly isStopping: () => boolean;
  /** The exchanges under way. */
  readonly exchanges: Set<Exchange>;
}
