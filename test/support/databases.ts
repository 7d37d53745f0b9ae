import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import mysql from 'mysql2/promise';
import pg from 'pg';

export type DatabaseKind = 'sqlite' | 'postgres' | 'mariadb';

/** A fresh database for one test file. */
export interface TestDatabase {
  readonly kind: DatabaseKind;
  /** As the transport takes it. */
  readonly url: string;
  /** Runs a statement behind the transport's back; answers its rows. */
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** Where the servers are unless the environment says otherwise. */
const servers = {
  postgres: process.env.POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test',
  mariadb: process.env.MARIADB_URL ?? 'mariadb://root@127.0.0.1:3306/test',
};

/**
 * Opens a fresh database, or answers why there is none. With `TRIBUTARY_REQUIRE_SERVICES=1` a missing server is an
 * error instead.
 */
export async function openTestDatabase(
  kind: DatabaseKind,
): Promise<TestDatabase | { readonly missing: string }> {
  if (kind === 'sqlite') return await openSqlite();
  try {
    return kind === 'postgres' ? await openPostgres() : await openMariadb();
  } catch (error) {
    const missing = `no ${kind} answers at the address of ${kind.toUpperCase()}_URL or the default one: ${(error as Error).message}`;
    if (process.env.TRIBUTARY_REQUIRE_SERVICES === '1') throw new Error(missing);
    console.warn(`skipped: ${missing}`);
    return { missing };
  }
}

async function openSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-sql-'));
  const file = join(folder, 'test.db');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  return {
    kind: 'sqlite',
    url: `sqlite:${file}`,
    async run(sql) {
      return database.prepare(sql).all() as Record<string, unknown>[];
    },
    async drop() {
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function openPostgres(): Promise<TestDatabase> {
  const name = freshName();
  await onPostgres(servers.postgres, `CREATE DATABASE ${name}`);
  const url = withDatabase(servers.postgres, name);
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return {
    kind: 'postgres',
    url,
    async run(sql) {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    },
    async drop() {
      await client.end();
      await onPostgres(servers.postgres, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function openMariadb(): Promise<TestDatabase> {
  const name = freshName();
  const server = servers.mariadb.replace(/^mariadb:/, 'mysql:');
  const connection = await mysql.createConnection({ uri: server, connectTimeout: 2_000 });
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.query(`USE ${name}`);
  await connection.query("SET time_zone = '+00:00'");
  return {
    kind: 'mariadb',
    url: withDatabase(servers.mariadb, name),
    async run(sql) {
      const [rows] = await connection.query(sql);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    },
    async drop() {
      await connection.query(`DROP DATABASE ${name}`);
      await connection.end();
    },
  };
}

function freshName(): string {
  return `tributary_${randomBytes(6).toString('hex')}`;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
