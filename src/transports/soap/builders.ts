import type { OperationOptions, OperationSpec } from '../../operations/operation.ts';
import type { FaultMap, FaultMeaning } from './faults.ts';

/** What the builders note down and the transport prepares. */
export interface SoapSpec {
  readonly kind: 'read' | 'write';
  readonly operation: string;
  readonly service: string | undefined;
  readonly port: string | undefined;
  readonly overload: string | undefined;
  readonly answer: string | undefined;
  readonly soapHeaders: Readonly<Record<string, SoapHeader>>;
  readonly withHeaders: boolean;
  readonly keepOrder: boolean;
  readonly onFault: FaultMap;
}

/** A header block: the name of the input that it is made of, or a value that never changes. */
export type SoapHeader<Name extends string = string> = Name | { readonly value: unknown };

interface CallOptions<I, O> {
  /** Where in the body the output is: a dotted path, `'estimate'`. Null where something on the way is. @default the whole body */
  readonly answer?: string;
  /** Header blocks that the description declares, by element name. Inputs that stand here are left out of the body. */
  readonly soapHeaders?: Readonly<Record<string, SoapHeader<keyof I & string>>>;
  /**
   * Makes the output `{ body, headers }`, with the header blocks of the answer that the description declares, by element
   * name.
   * @default false
   */
  readonly withHeaders?: boolean;
  /**
   * Keeps the order of elements that may alternate, in input and output: a type in which a choice or another group of several
   * elements repeats is `{ content: [{ a: 1 }, { b: 2 }, { a: 3 }] }`.
   * @default false: `{ a: [1, 3], b: [2] }`
   */
  readonly keepOrder?: boolean;
  /** The service of the description, where it has several with such an operation. @default the datasource's */
  readonly service?: string;
  /** The port, where the service has several. @default the datasource's */
  readonly port?: string;
  /** The name of the input message, where several operations have one name. */
  readonly overload?: string;
  /**
   * What a fault means, by the name of an element in its detail, a subcode, its text or its code. Comes before the datasource's;
   * `null` needs an output that may be null.
   * @default `DOWNSTREAM_SERVICE_ERROR`
   */
  readonly onFault?: Readonly<Record<string, null extends O ? FaultMeaning : NonNullable<FaultMeaning>>>;
}

export type RequestOptions<I, O> = CallOptions<I, O> & OperationOptions<I, O>;

/** A change is neither shared nor kept. */
export type ChangeOptions<I, O> = CallOptions<I, O> &
  Pick<OperationOptions<I, O>, 'timeoutMs' | 'evicts' | 'idempotent'>;

/**
 * An operation of the description that only reads: it may be cached, shared and asked again. The input is the JSON of
 * the body's element, or an object of the parts in rpc style; unknown members are an error.
 *
 * @example request<{ cityId: string }, Product[]>('ListProducts', { answer: 'product', scope: 'public', cache: { ttlMs: 60_000 } })
 */
export function request<I, O>(operation: string, options: RequestOptions<I, O> = {}): OperationSpec<I, O> {
  const { scope, cache, timeoutMs } = options;
  return specOf<I, O>('read', operation, options, { scope, cache, timeoutMs });
}

/**
 * An operation that changes something: never kept, and never asked twice unless it is `idempotent`.
 *
 * @example change<NewBooking, Booking>('Book', { onFault: { AlreadyBooked: 'CONFLICT' } })
 */
export function change<I, O>(operation: string, options: ChangeOptions<I, O> = {}): OperationSpec<I, O> {
  const { timeoutMs, evicts, idempotent } = options;
  return specOf<I, O>('write', operation, options, { timeoutMs, evicts, idempotent });
}

function specOf<I, O>(
  kind: SoapSpec['kind'],
  operation: string,
  {
    answer,
    soapHeaders = {},
    withHeaders = false,
    keepOrder = false,
    service,
    port,
    overload,
    onFault = {},
  }: CallOptions<I, O>,
  options: OperationOptions,
): OperationSpec<I, O> {
  const spec: SoapSpec = {
    kind,
    operation,
    service,
    port,
    overload,
    answer,
    soapHeaders,
    withHeaders,
    keepOrder,
    onFault: onFault as FaultMap,
  };
  return { protocol: 'soap', kind, spec, options, batched: false, keyInputs: [], adapters: [] };
}
