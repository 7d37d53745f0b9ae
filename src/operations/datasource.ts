import { createHash } from 'node:crypto';
import type { Problem } from '../config/problems.ts';
import type { Configurable } from '../config/setting.ts';
import { canonical, isOneText } from '../util/canonical.ts';
import { type ForwardingSource, forwardingOf } from './forwarding.ts';
import type { DatasourceInfo, Operation, OperationInfo, OperationSpec } from './operation.ts';
import {
  type BreakerOptions,
  breakerDefaults,
  type HedgeOptions,
  type RetryOptions,
  retryDefaults,
} from './resilience.ts';
import type { OpenContext, Transport } from './transport.ts';

/** Where a datasource keeps what the engine knows of it; a symbol, so that no operation's name can collide. */
export const datasourceInfo: unique symbol = Symbol.for('tributary.datasource') as never;

// biome-ignore lint/suspicious/noExplicitAny: the constraint of a map of specs, each with types of its own.
export type OperationSpecs = Readonly<Record<string, OperationSpec<any, any>>>;

/** One backend, with its operations as properties. */
export type Datasource<Specs extends OperationSpecs = OperationSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends OperationSpec<infer I, infer O>
    ? Operation<I, O>
    : never;
} & { readonly [datasourceInfo]: DatasourceInfo };

/** Options that every datasource has, whatever its protocol. */
export interface DatasourceOptions<Specs extends OperationSpecs> {
  /** How long one attempt may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** How many wire requests run at the same time. @default 64 */
  readonly concurrency?: number;
  /** How many more may wait for their turn; beyond that they fail at once with `UPSTREAM_OVERLOADED`. @default 1024 */
  readonly maxQueue?: number;
  /** How failures are tried again. */
  readonly retry?: RetryOptions;
  /** When the datasource is left alone. */
  readonly breaker?: BreakerOptions;
  /** When slow reads are asked a second time. @default never */
  readonly hedge?: HedgeOptions;
  readonly operations: Specs;
}

export const datasourceDefaults = { timeoutMs: 5_000, concurrency: 64, maxQueue: 1_024 } as const;

/**
 * Names the operations of one backend. Each protocol's factory (`rest`, `sql` …) calls it.
 *
 * @param protocol the transport's kind: `rest`, `sql` …
 * @param name of the datasource; clients see it as `extensions.service`
 * @param settings options whose values the environment may give
 * @param open makes the transport at start-up
 * @param check finds what would stop the start and can be told without opening anything: no setting, no connection
 */
export function defineDatasource<Specs extends OperationSpecs>(
  protocol: string,
  name: string,
  options: DatasourceOptions<Specs> & ForwardingSource,
  settings: Readonly<Record<string, Configurable>>,
  open: (context: OpenContext) => Transport | Promise<Transport>,
  check?: () => Promise<readonly Problem[]>,
): Datasource<Specs> {
  const info: DatasourceInfo = {
    protocol,
    name,
    timeoutMs: options.timeoutMs ?? datasourceDefaults.timeoutMs,
    concurrency: options.concurrency ?? datasourceDefaults.concurrency,
    maxQueue: options.maxQueue ?? datasourceDefaults.maxQueue,
    retry: { ...retryDefaults, ...options.retry },
    breaker: { ...breakerDefaults, ...options.breaker },
    hedge: options.hedge,
    forwarding: forwardingOf(options),
    settings,
    open,
    check,
    documents: '',
  };
  const { operations: specs, ...shared } = options;
  const operations = Object.entries(specs).map(([key, spec]) => [key, operation(info, key, spec, shared)]);
  return Object.freeze({ ...Object.fromEntries(operations), [datasourceInfo]: info }) as Datasource<Specs>;
}

export function isDatasource(value: unknown): value is Datasource {
  return typeof value === 'object' && value !== null && datasourceInfo in value;
}

/** The operations of a datasource, in the order of its definition. */
export function operationsOf(datasource: Datasource): readonly Operation<never, unknown>[] {
  return Object.values(datasource as Readonly<Record<string, Operation<never, unknown>>>);
}

function operation(
  datasource: DatasourceInfo,
  key: string,
  spec: OperationSpec<never, unknown>,
  shared: object,
): Operation<never, unknown> {
  const timeoutMs = spec.options.timeoutMs ?? datasource.timeoutMs;
  const version = versionOf(spec, shared);
  const info: OperationInfo = {
    name: `${datasource.name}.${key}`,
    datasource,
    spec,
    kind: spec.kind,
    batched: spec.batched,
    scope: spec.options.scope ?? scopeOf(datasource),
    cache: spec.options.cache,
    timeoutMs,
    totalMs: timeoutMs * datasource.retry.attempts,
    get version() {
      return version + datasource.documents;
    },
    canonical: canonicalInput(spec.keyInputs),
  };
  return Object.freeze({ info });
}

/** Where the caller's credentials travel to the backend, its answers are the caller's. */
export function scopeOf({ forwarding }: Pick<DatasourceInfo, 'forwarding'>): 'caller' | undefined {
  return forwarding === undefined || forwarding.names.length === 0 ? undefined : 'caller';
}

/** Keys are compared as text: a database's bigint, a URL's segment and a client's ID are the same key. */
function canonicalInput(keyInputs: readonly string[]): (input: unknown) => string {
  const [only] = keyInputs;
  if (only === undefined) return canonical;
  const keys = new Set(keyInputs);
  const general = (input: unknown): string =>
    canonical(
      Object.fromEntries(
        Object.entries(input as object).map(([name, value]) => [
          name,
          keys.has(name) ? keyText(value) : value,
        ]),
      ),
    );
  // Asked once a row: an input that is one key and nothing else, as text, is canonical already.
  return (input) => {
    for (const name in input as object) if (name !== only) return general(input);
    return isOneText(input as object, only) ? JSON.stringify(input) : general(input);
  };
}

function keyText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** What the datasource says for all its operations (a time zone, what faults mean) decides about answers as well. */
function versionOf(spec: OperationSpec<never, unknown>, shared: object): string {
  const { protocol, adapters } = spec;
  const definition = [
    protocol,
    shared,
    spec.spec,
    adapters.map(({ name, definition }) => [name, definition]),
  ];
  return createHash('sha256')
    .update(canonical(withFunctionsAsText(definition)))
    .digest('base64url')
    .slice(0, 8);
}

function withFunctionsAsText(value: unknown): unknown {
  if (typeof value === 'function') return value.toString();
  if (Array.isArray(value)) return value.map(withFunctionsAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withFunctionsAsText(member)]));
}
