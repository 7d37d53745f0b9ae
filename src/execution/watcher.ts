import type { OperationEngine } from '../operations/engine.ts';
import type { Operation } from '../operations/operation.ts';

/** Watches one execution. It stands before the engine: every batch passes it. */
export interface Watcher extends Pick<OperationEngine, 'call'> {
  /** A resolver function looked at who is calling. */
  sawCaller?(): void;
  /** A resolver function looked at something that no two requests have in common. */
  sawRequest?(): void;
  /** A field asks for an input of an operation; asked of the fields' functions only where this is there. */
  asked?(coordinate: string, operation: Operation<never, unknown>, input: unknown): void;
}
