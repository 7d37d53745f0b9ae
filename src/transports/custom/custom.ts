import type { Configurable } from '../../config/setting.ts';
import { TributaryError } from '../../errors.ts';
import type { CallContext } from '../../operations/call.ts';
import {
  type Datasource,
  type DatasourceOptions,
  defineDatasource,
  type OperationSpecs,
} from '../../operations/datasource.ts';
import type { OperationOptions, OperationSpec } from '../../operations/operation.ts';
import type { Outcome } from '../../operations/outcome.ts';
import type { OpenContext, Prepared, Transport } from '../../operations/transport.ts';
import { signalOf } from '../../util/abort.ts';

/** What a custom datasource works with, while it is open. */
export interface CustomResource<Client> {
  /** Handed to every call: a driver, a connection, a model. */
  readonly client: Client;
  /** Rejects when the backend does not answer. Used by the readiness check. */
  ping?(signal: AbortSignal): Promise<void>;
  /** Runs once, when nothing is in flight any more. */
  close?(): Promise<void>;
}

export interface CustomOptions<Client, Specs extends OperationSpecs> extends DatasourceOptions<Specs> {
  /** Values that `open` gets as `settings`, from the definition or the environment. */
  readonly settings?: Readonly<Record<string, Configurable>>;
  /** Makes what the calls work with, at start-up. @default nothing: `client` is `undefined` */
  readonly open?: (context: OpenContext) => CustomResource<Client> | Promise<CustomResource<Client>>;
}

export interface CustomContext extends CallContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Many inputs in; as many outcomes out, in the same order; an `Error` where one input failed. What it throws is the
 * error of every input. It should end its work when `context.signal` is aborted. Values must be JSON.
 */
export type CustomCall<I, O, Client> = (
  inputs: readonly I[],
  context: CustomContext,
  client: Client,
) => Promise<readonly Outcome<O>[]>;

export interface CallOptions<in I = never, in O = never> extends OperationOptions<I, O> {
  /** @default 'read' */
  readonly kind?: 'read' | 'write';
  /** The most inputs that one call gets. @default 1 */
  readonly maxInputs?: number;
  /** Whether several inputs cost about as much as one. @default whether `maxInputs` is above 1 */
  readonly batched?: boolean;
  /** Inputs that are keys: `1` and `"1"` are one key. @default none */
  readonly keyInputs?: readonly string[];
}

interface CustomSpec {
  readonly run: CustomCall<unknown, unknown, unknown>;
  readonly maxInputs: number;
}

/**
 * Notes down an operation written by hand.
 *
 * @example
 * call<{ id: string }, Article | null, Store>(
 *   async (inputs, { signal }, store) => store.getMany(inputs.map(({ id }) => id), { signal }),
 *   { maxInputs: 500, scope: 'public', cache: { ttlMs: 10_000 } },
 * )
 */
export function call<I, O, Client = unknown>(
  run: CustomCall<I, O, Client>,
  options: CallOptions<I, O> = {},
): OperationSpec<I, O> {
  const { kind = 'read', maxInputs = 1, batched = maxInputs > 1, keyInputs = [], ...rest } = options;
  const spec: CustomSpec = { run: run as unknown as CustomSpec['run'], maxInputs };
  return { protocol: 'custom', kind, spec, options: rest, batched, keyInputs, adapters: [] };
}

/**
 * A datasource whose calls are written by hand.
 *
 * @example
 * export const search = custom('search', {
 *   settings: { url: env('SEARCH_URL') },
 *   open: async ({ settings }) => ({ client: await connect(settings.url), close: … }),
 *   operations: { article: call<{ id: string }, Article | null, Store>(…) },
 * });
 */
export function custom<Client, const Specs extends OperationSpecs>(
  name: string,
  options: CustomOptions<Client, Specs>,
): Datasource<Specs> {
  return defineDatasource('custom', name, options, options.settings ?? {}, async (context) => {
    const resource = await options.open?.(context);
    return transportOf(name, resource);
  });
}

function transportOf(service: string, resource: CustomResource<unknown> | undefined): Transport<CustomSpec> {
  return {
    prepare: <I, O>(spec: CustomSpec, operationName: string) =>
      prepare(spec, operationName, service, resource?.client) as Prepared<unknown, unknown> as Prepared<I, O>,
    ping: async (signal) => resource?.ping?.(signal),
    close: async () => resource?.close?.(),
  };
}

function prepare(
  { run, maxInputs }: CustomSpec,
  operationName: string,
  service: string,
  client: unknown,
): Prepared<unknown, unknown> {
  if (!(maxInputs >= 1)) throw new Error(`\`maxInputs\` must be at least 1, but is ${maxInputs}.`);
  return {
    maxInputs,
    call: async (inputs, context) => {
      const outcomes: unknown = await run(inputs, { ...context, signal: signalOf(context.signal) }, client);
      if (Array.isArray(outcomes) && outcomes.length === inputs.length) return outcomes;
      const came = Array.isArray(outcomes) ? `${outcomes.length} outcomes` : `no list (${typeof outcomes})`;
      const detail = `The call of \`${operationName}\` gave ${came} for ${inputs.length} inputs.`;
      throw new TributaryError('INTERNAL_SERVER_ERROR', undefined, { service, detail });
    },
  };
}
