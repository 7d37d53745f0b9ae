import type { Configurable } from '../../config/setting.ts';
import {
  type Datasource,
  type DatasourceOptions,
  datasourceDefaults,
  defineDatasource,
  type OperationSpecs,
} from '../../operations/datasource.ts';
import type { OpenContext, Transport } from '../../operations/transport.ts';
import { dialectOf } from './dialects.ts';
import { type PrepareContext, prepareStatement } from './prepare.ts';
import type { SqlSpec } from './spec.ts';

export interface SqlOptions<Specs extends OperationSpecs> extends DatasourceOptions<Specs> {
  /**
   * Where the database is: `sqlite:.data/fleet.db` (relative to the working directory), `sqlite::memory:`,
   * `postgres://user:password@host:5432/name`, `mysql://…` or `mariadb://…`.
   */
  readonly url: Configurable;
  /** The most connections that read at a time, and the most that write. @default 10 */
  readonly connections?: number;
  /** How long a statement waits for a free connection before it is `UPSTREAM_OVERLOADED`. @default 500 */
  readonly acquireTimeoutMs?: number;
  /** How long establishing a connection may take. @default 2000 */
  readonly connectTimeoutMs?: number;
  /** The most rows that one statement may give. @default 10000 */
  readonly maxRows?: number;
}

export const sqlDefaults = {
  connections: 10,
  acquireTimeoutMs: 500,
  connectTimeoutMs: 2_000,
  maxRows: 10_000,
} as const;

/** How much later than our own limit the server's stops a statement: the net below the net. */
const serverLimitLaterMs = 1_000;

/**
 * A relational database. Connects when it is first asked, so that a database that is down does not stop the start.
 *
 * @param name of the datasource; clients see it as `extensions.service`
 * @example
 * export const fleet = sql('fleet', {
 *   url: env('FLEET_DATABASE_URL', 'sqlite:.data/fleet.db'),
 *   operations: {
 *     driver: one<{ id: string }, Driver>`SELECT ${columns({ id: 'id', cityId: 'city_id' })} FROM drivers WHERE id IN (${keys('id')})`,
 *   },
 * });
 */
export function sql<Specs extends OperationSpecs>(
  name: string,
  options: SqlOptions<Specs>,
): Datasource<Specs> {
  return defineDatasource('sql', name, options, { url: options.url }, (context) =>
    openSql(name, options, context),
  );
}

async function openSql(
  service: string,
  options: Omit<SqlOptions<OperationSpecs>, 'operations'>,
  { settings, log }: OpenContext,
): Promise<Transport<SqlSpec>> {
  const { connections, acquireTimeoutMs, connectTimeoutMs, maxRows } = { ...sqlDefaults, ...options };
  const url = settings.url ?? '';
  const dialect = await dialectOf(url);
  let longestMs = options.timeoutMs ?? datasourceDefaults.timeoutMs;
  const database = dialect.open(url, {
    service,
    connections,
    acquireTimeoutMs,
    connectTimeoutMs,
    statementTimeoutMs: () => longestMs + serverLimitLaterMs,
    log,
  });
  const context: PrepareContext = { service, capabilities: dialect.capabilities, database, maxRows };
  return {
    prepare(spec, operation) {
      longestMs = Math.max(longestMs, spec.timeoutMs ?? 0);
      return prepareStatement(spec, operation, context) as never;
    },
    ping: (signal) => database.ping(signal),
    close: () => database.close(),
  };
}
