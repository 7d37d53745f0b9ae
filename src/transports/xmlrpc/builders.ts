import type { Parameter, XmlRpcKind, XmlRpcType } from '../../formats/xmlrpc/types.ts';
import type { OperationOptions, OperationSpec } from '../../operations/operation.ts';
import type { FaultMap, FaultMeaning } from './faults.ts';

/** What the builders note down and the transport prepares. */
export interface XmlRpcSpec {
  readonly kind: 'read' | 'write';
  readonly method: string;
  readonly params: readonly Parameter[];
  readonly result: XmlRpcType | undefined;
  readonly onFault: FaultMap;
  readonly batch: boolean;
  readonly maxInputs: number | undefined;
}

interface MethodOptions<I, O> {
  /**
   * What the parameters are made of, in order: names of inputs (the type is told from the value), types (`int('limit')`),
   * or fixed values.
   * @default none
   */
  readonly params?: readonly Parameter<keyof I & string>[];
  /**
   * What the result is: checked, and met where servers differ (an id as a string, text as base64). A struct without a
   * declared member is then an error instead of a value that lacks it.
   * @default whatever comes
   */
  readonly result?: XmlRpcType;
  /**
   * What a fault means: `{ 404: null, 10: 'NOT_FOUND' }`. Comes before the datasource's; `null` needs an output that may
   * be null.
   * @default `DOWNSTREAM_SERVICE_ERROR`
   */
  readonly onFault?: Readonly<
    Record<string | number, null extends O ? FaultMeaning : NonNullable<FaultMeaning>>
  >;
}

export interface ReadOptions<I, O> extends MethodOptions<I, O>, OperationOptions<I, O> {
  /** Lets many inputs travel in one `system.multicall`, where the server has it. @default true */
  readonly batch?: boolean;
  /** The most inputs in one multicall. @default the datasource's */
  readonly maxInputs?: number;
}

/** A write is neither shared nor kept nor batched. */
export type WriteOptions<I, O> = MethodOptions<I, O> &
  Pick<OperationOptions<I, O>, 'timeoutMs' | 'evicts' | 'idempotent'>;

/**
 * A method that only reads.
 *
 * @example method<{ driverId: string }, Position | null>('dispatch.position', { params: ['driverId'], onFault: { 404: null } })
 */
export function method<I, O>(name: string, options: ReadOptions<I, O> = {}): OperationSpec<I, O> {
  const { scope, cache, timeoutMs, batch = true, maxInputs } = options;
  return {
    protocol: 'xmlrpc',
    kind: 'read',
    spec: specOf('read', name, options as MethodOptions<never, unknown>, batch, maxInputs),
    options: { scope, cache, timeoutMs },
    batched: batch,
    keyInputs: keysAmong(options.params ?? []),
    adapters: [],
  };
}

/**
 * A method that changes something: called once for each input, never in a multicall, never asked again unless it is
 * declared `idempotent`.
 *
 * @example procedure<{ name: string }, boolean>('supervisor.startProcess', { params: [string('name')] })
 */
export function procedure<I, O>(name: string, options: WriteOptions<I, O> = {}): OperationSpec<I, O> {
  return {
    protocol: 'xmlrpc',
    kind: 'write',
    spec: specOf('write', name, options as MethodOptions<never, unknown>, false, undefined),
    options: { timeoutMs: options.timeoutMs, evicts: options.evicts, idempotent: options.idempotent },
    batched: false,
    keyInputs: [],
    adapters: [],
  };
}

function specOf(
  kind: XmlRpcSpec['kind'],
  name: string,
  { params = [], result, onFault = {} }: MethodOptions<never, unknown>,
  batch: boolean,
  maxInputs: number | undefined,
): XmlRpcSpec {
  return { kind, method: name, params, result, onFault, batch, maxInputs };
}

const KEY_KINDS: ReadonlySet<XmlRpcKind> = new Set(['int', 'i8', 'string']);

/** Inputs whose number and text are written alike. */
function keysAmong(params: readonly Parameter[]): string[] {
  const keys: string[] = [];
  for (const parameter of params) {
    if (typeof parameter === 'string' || 'fixed' in parameter || parameter.name === undefined) continue;
    if (KEY_KINDS.has(parameter.kind)) keys.push(parameter.name);
  }
  return keys;
}
