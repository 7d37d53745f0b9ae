import {
  type DocumentNode,
  type ExecutionResult,
  execute as executeDocument,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import type { Caller } from '../caller.ts';
import { TributaryError } from '../errors.ts';
import { rightsIn } from '../graph/access/rights.ts';
import type { CallContext } from '../operations/call.ts';
import type { OperationEngine } from '../operations/engine.ts';
import { type ForwardedHeaders, forwardedOf } from '../operations/forwarded.ts';
import { Loader } from '../operations/loader.ts';
import type { ReturnedHeaders } from '../operations/returned-headers.ts';
import { reasonOf } from '../operations/within.ts';
import type { Trace } from '../telemetry/trace.ts';
import { Cancellation, type CancelSignal, signalOf } from '../util/abort.ts';
import { type ExecutionContext, watched } from './execution-context.ts';
import { variableProblems } from './variable-problems.ts';
import type { Watcher } from './watcher.ts';

/** One operation to execute. There is no HTTP request in it: sockets, queues and tests come in by the same door. */
export interface OperationRequest {
  /** Parsed and valid against the schema. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  /** Aborted when the client has left. */
  readonly signal: CancelSignal;
  /** Aborts `signal`, where its owner allows it; without it the operation has a signal of its own. */
  readonly abort?: (reason: Error) => void;
  /** When the client stops waiting: `performance.now()` milliseconds. */
  readonly deadline: number;
  readonly requestId: string;
  readonly trace: Trace;
  /** What datasources may forward of what the client sent. @default nothing */
  readonly forwarded?: ForwardedHeaders | undefined;
  /** Gathers the headers that datasources return. @default they are dropped */
  readonly returned?: ReturnedHeaders | undefined;
  /** Stands before the engine, and hears what resolver functions look at. */
  readonly watcher?: Watcher | undefined;
}

/** A call that is late is answered by the pipeline at the deadline; this much later the rest is cut. */
const slackMs = 25;

/** Timers count whole milliseconds: one for the deadline fires up to so much before it. */
const timerGrainMs = 1;

/**
 * Executes one operation behind the one door.
 *
 * - Fields that are late are null with `UPSTREAM_TIMEOUT`, and the rest of the answer stands.
 * - An operation of which nothing is there at its deadline fails with `REQUEST_TIMEOUT`, and has no `data`.
 * - Variables that do not fit fail with `BAD_USER_INPUT`; the messages never hold a value.
 *
 * Never rejects. Errors are as they were thrown: `shown-errors.ts` decides what of them a client reads.
 */
export async function execute(
  schema: GraphQLSchema,
  engine: Pick<OperationEngine, 'call'>,
  request: OperationRequest,
): Promise<ExecutionResult> {
  const { document, variables = {}, operationName, signal, deadline } = request;
  if (signal.aborted) return failed(reasonOf(signal));
  if (deadline <= performance.now()) return failed(new TributaryError('REQUEST_TIMEOUT'));
  const stop = request.abort === undefined ? ownStop(signal) : { signal, abort: request.abort };
  try {
    const running = executeDocument({
      schema,
      document,
      contextValue: contextOf(schema, engine, request, stop.signal),
      variableValues: variables as Record<string, unknown>,
      operationName: operationName ?? null,
    });
    const result = running instanceof Promise ? await inTime(running, deadline, stop) : running;
    // A null that travelled up leaves siblings running that nobody waits for any more.
    if (result.errors !== undefined) stop.abort(new Error('The operation has its answer.'));
    return settled(schema, request, result);
  } catch (thrown) {
    return failed(thrown instanceof Error ? thrown : new Error(String(thrown)));
  } finally {
    stop.release?.();
  }
}

/** Ends what runs for an operation. */
interface Stop {
  readonly signal: CancelSignal;
  abort(reason: Error): void;
  /** Forgets the client's signal. */
  release?(): void;
}

function ownStop(client: CancelSignal): Stop {
  const own = new Cancellation();
  const leave = (): void => own.abort(reasonOf(client));
  client.addEventListener('abort', leave, { once: true });
  return {
    signal: own,
    abort: (reason) => own.abort(reason),
    release: () => client.removeEventListener('abort', leave),
  };
}

function contextOf(
  schema: GraphQLSchema,
  engine: Pick<OperationEngine, 'call'>,
  { caller, requestId, deadline, trace, watcher, forwarded, returned }: OperationRequest,
  signal: CancelSignal,
): ExecutionContext {
  const call: CallContext = {
    caller,
    signal,
    deadline,
    requestId,
    trace,
    returned,
    forwarded: forwarded && forwardedOf(forwarded),
  };
  const loader = new Loader(watcher ?? engine, call);
  let trueSignal: AbortSignal | undefined;
  const context: ExecutionContext = {
    load: (operation, input) => loader.load(operation, input),
    answer: (operation, input) => loader.answer(operation, input),
    renew: () => loader.renew(),
    rights: rightsIn(schema, caller),
    caller,
    requestId,
    // Few functions look at it.
    get signal() {
      trueSignal ??= signalOf(signal);
      return trueSignal;
    },
  };
  return watcher === undefined ? context : watched(context, watcher);
}

/** Waits until the deadline; then tells everybody to stop, and waits a moment for what is there. */
function inTime(running: Promise<ExecutionResult>, deadline: number, stop: Stop): Promise<ExecutionResult> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(
      () => {
        stop.abort(new TributaryError('UPSTREAM_TIMEOUT'));
        timer = setTimeout(() => resolve(failed(new TributaryError('REQUEST_TIMEOUT'))), slackMs);
      },
      Math.min(deadline - performance.now() + slackMs, 2 ** 31 - 1),
    );
    const finish = (): void => clearTimeout(timer);
    running.then(
      (result) => {
        finish();
        resolve(result);
      },
      (thrown: unknown) => {
        finish();
        reject(thrown);
      },
    );
  });
}

function settled(
  schema: GraphQLSchema,
  { document, operationName, variables = {}, deadline }: OperationRequest,
  result: ExecutionResult,
): ExecutionResult {
  if (result.errors === undefined) return result;
  if (result.data === undefined) {
    const operation = getOperationAST(document, operationName);
    if (!operation) return result;
    const problems = variableProblems(schema, operation, variables);
    return problems.length === 0 ? result : { errors: problems.map(asGraphQLError) };
  }
  return performance.now() >= deadline - timerGrainMs && isEmpty(result.data)
    ? failed(new TributaryError('REQUEST_TIMEOUT'))
    : result;
}

function isEmpty(data: ExecutionResult['data']): boolean {
  return !data || Object.values(data).every((value) => value === null);
}

function failed(error: Error): ExecutionResult {
  return { errors: [asGraphQLError(error)] };
}

function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}
