import { assertKnownOptions } from '../../config/known-options.ts';
import { errorTable } from '../../errors.ts';
import type { OperationSpecs } from '../../operations/datasource.ts';
import type { Forwarding } from '../../operations/forwarding.ts';
import type { RestSpec } from './builders.ts';
import type { RestOptions } from './options.ts';

const datasourceOptions: Readonly<Record<keyof RestOptions<OperationSpecs>, true>> = {
  baseUrl: true,
  headers: true,
  connections: true,
  connectTimeoutMs: true,
  firstByteTimeoutMs: true,
  idleTimeoutMs: true,
  minBytesPerSecond: true,
  maxResponseBytes: true,
  maxUrlLength: true,
  compression: true,
  redirects: true,
  auth: true,
  tls: true,
  healthPath: true,
  forward: true,
  returns: true,
  timeoutMs: true,
  concurrency: true,
  maxQueue: true,
  retry: true,
  breaker: true,
  hedge: true,
  operations: true,
};

const operationOptions: Readonly<Record<keyof RestSpec['options'] | 'kind', true>> = {
  query: true,
  headers: true,
  answer: true,
  onStatus: true,
  body: true,
  idempotencyKey: true,
  kind: true,
  scope: true,
};

/** Throws an `Error` for an option that does not exist or cannot be meant. */
export function assertDatasource(options: RestOptions<OperationSpecs>): void {
  assertKnownOptions(options, datasourceOptions);
  if (!(options.healthPath ?? '/').startsWith('/')) throw new Error('`healthPath` must begin with a slash.');
}

/** Throws an `Error` for an option that does not exist or cannot be meant. */
export function assertOperation({ options, kind }: RestSpec, forwarding: Forwarding | undefined): void {
  assertKnownOptions(options, operationOptions, ['cache', 'timeoutMs', 'idempotent', 'evicts']);
  if (kind === 'read' && options.idempotencyKey !== undefined)
    throw new Error('`idempotencyKey` is for writes; a read may always be repeated.');
  for (const header of Object.keys(options.headers ?? {}))
    if (forwarding?.names.includes(header.toLowerCase()))
      throw new Error(`The header \`${header}\` is forwarded by the datasource, and made by the operation.`);
  for (const [status, meaning] of Object.entries(options.onStatus ?? {})) {
    const code = typeof meaning === 'object' && meaning !== null ? meaning.code : meaning;
    if (!/^[1-5]\d\d$/.test(status))
      throw new Error(`\`onStatus\` names ${status}, which is no HTTP status.`);
    if (code !== null && !Object.hasOwn(errorTable, code))
      throw new Error(`\`onStatus\` maps ${status} to \`${code}\`, which is no error code.`);
  }
}
