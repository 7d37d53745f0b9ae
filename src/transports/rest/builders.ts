import type { OperationSpec } from '../../operations/operation.ts';
import type { BodyOptions, PostOptions, ReadOptions, RemoveOptions, WriteOptions } from './options.ts';
import { namesIn } from './path-template.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the builders note down and the transport prepares. */
export interface RestSpec {
  readonly method: Method;
  readonly kind: 'read' | 'write';
  readonly path: string;
  readonly options: Omit<
    BodyOptions<Record<string, unknown>, unknown>,
    'cache' | 'timeoutMs' | 'idempotent' | 'evicts'
  >;
}

/**
 * Reads by GET. `{name}` in the path is the input of that name, encoded as one segment.
 *
 * @example get<{ riderId: string; first?: number }, Page>('/riders/{riderId}/rides', { scope: 'caller' })
 */
export function get<I, O>(path: string, options: ReadOptions<I, O> = {}): OperationSpec<I, O> {
  return specOf<I, O>('GET', 'read', path, options);
}

/**
 * Writes by POST, with every input that nothing else takes in a JSON body.
 *
 * @example post<NewRide, Ride>('/rides', { idempotencyKey: 'idempotencyKey' })
 * @example post<{ ids: readonly string[] }, Ride[]>('/rides/search', { kind: 'read' })
 */
export function post<I, O>(path: string, options: PostOptions<I, O> = {}): OperationSpec<I, O> {
  return specOf<I, O>('POST', options.kind ?? 'write', path, options);
}

/** Writes by PUT. */
export function put<I, O>(path: string, options: WriteOptions<I, O> = {}): OperationSpec<I, O> {
  return specOf<I, O>('PUT', 'write', path, options);
}

/** Writes by PATCH. */
export function patch<I, O>(path: string, options: WriteOptions<I, O> = {}): OperationSpec<I, O> {
  return specOf<I, O>('PATCH', 'write', path, options);
}

/** Writes by DELETE. */
export function remove<I, O>(path: string, options: RemoveOptions<I, O> = {}): OperationSpec<I, O> {
  return specOf<I, O>('DELETE', 'write', path, options);
}

function specOf<I, O>(
  method: Method,
  kind: 'read' | 'write',
  path: string,
  options: BodyOptions<I, O>,
): OperationSpec<I, O> {
  const { cache, timeoutMs, evicts, idempotent = options.idempotencyKey !== undefined, ...request } = options;
  const spec: RestSpec = { method, kind, path, options: request as unknown as RestSpec['options'] };
  return {
    protocol: 'rest',
    kind,
    spec,
    options: { scope: options.scope, cache, timeoutMs, idempotent, evicts },
    batched: false,
    // A number and its text make the same URL.
    keyInputs: namesIn(path),
    adapters: [],
  };
}
