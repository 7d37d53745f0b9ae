import { assertKnownOptions } from '../../config/known-options.ts';
import { errorTable } from '../../errors.ts';
import type { OperationSpecs } from '../../operations/datasource.ts';
import type { GraphQLSpec } from './builders.ts';
import type { ErrorMap } from './error-codes.ts';
import type { GraphQLOptions } from './options.ts';

const datasourceOptions: Readonly<Record<keyof GraphQLOptions<OperationSpecs>, true>> = {
  url: true,
  schema: true,
  headers: true,
  aliases: true,
  maxInputs: true,
  onError: true,
  healthPath: true,
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

const queryOptions: Readonly<Record<keyof GraphQLSpec['options'], true>> = {
  document: true,
  select: true,
  onError: true,
  aliases: true,
  maxInputs: true,
};

/** Throws an `Error` for an option that does not exist or cannot be meant. */
export function assertDatasource(options: GraphQLOptions<OperationSpecs>): void {
  assertKnownOptions(options, datasourceOptions);
  assertShared(options);
  const { schema, healthPath = '/' } = options;
  if (schema !== undefined && !(schema instanceof URL && schema.protocol === 'file:'))
    throw new Error(
      "`schema` must be a file, such as `new URL('./catalog.graphql', import.meta.url)`; nothing is fetched.",
    );
  if (!healthPath.startsWith('/')) throw new Error('`healthPath` must begin with a slash.');
}

/** Throws an `Error` for an option that does not exist or cannot be meant. */
export function assertOperation({ kind, options }: GraphQLSpec): void {
  const { aliases: _aliases, maxInputs: _maxInputs, ...ofWrites } = queryOptions;
  assertKnownOptions(options, kind === 'read' ? queryOptions : ofWrites);
  assertShared(options);
  if (options.aliases === false && options.maxInputs !== undefined)
    throw new Error('`maxInputs` counts the inputs of one document; with `aliases: false` there is one.');
  if (options.select?.split('.').includes(''))
    throw new Error(`\`select\` must be a dotted path, but is \`${options.select}\`.`);
}

function assertShared({ maxInputs, onError = {} }: { maxInputs?: number; onError?: ErrorMap }): void {
  if (maxInputs !== undefined && !(Number.isInteger(maxInputs) && maxInputs >= 1))
    throw new Error(`\`maxInputs\` must be a whole number of at least 1, but is ${maxInputs}.`);
  for (const [theirs, meaning] of Object.entries(onError)) {
    const code = typeof meaning === 'object' ? meaning?.code : meaning;
    if (code !== undefined && !Object.hasOwn(errorTable, code))
      throw new Error(`\`onError\` maps ${theirs} to \`${code}\`, which is no error code.`);
  }
}
