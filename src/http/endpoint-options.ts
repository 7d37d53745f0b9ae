import type { FastifyReply } from 'fastify';
import type { Execution } from '../execution/execution.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Callers } from './callers.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardedNames } from './forwarded.ts';
import type { Metering } from './metered.ts';

export interface EndpointOptions {
  readonly path: string;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly callers: Callers;
  /** Whether every answer depends on the page that asks. */
  readonly varyByOrigin: boolean;
  /** Whether callers of `INTERNAL` may have their requests explained. */
  readonly explain: boolean;
  /** The page for browsers, where there is one. */
  readonly page: ((reply: FastifyReply) => FastifyReply) | undefined;
  /** Limits, switches and usage; without it everything may be asked, and nothing is counted. */
  readonly metering: Metering | undefined;
  /** What datasources forward and return; absent where none does. */
  readonly forwarding: ForwardedNames | undefined;
  readonly isStopping: () => boolean;
  /** The exchanges under way. */
  readonly exchanges: Set<Exchange>;
}
