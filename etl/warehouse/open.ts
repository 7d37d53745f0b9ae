import type { Database } from './database.ts';

/** Where the warehouse is unless `WAREHOUSE_DATABASE_URL` says otherwise. */
export const defaultUrl = 'sqlite:.data/warehouse.db';

/**
 * Opens the warehouse: `sqlite:file`, `postgres://…`, `mysql://…` or `mariadb://…`. Each driver is loaded when its
 * scheme is asked for.
 *
 * @throws Error with one line for people that does not show the URL, which may hold a password.
 */
export async function openWarehouse(url: string): Promise<Database> {
  const scheme = /^([a-z]+):./i.exec(url)?.[1]?.toLowerCase();
  try {
    switch (scheme) {
      case 'sqlite':
        return (await import('./sqlite.ts')).openSqlite(url.replace(/^sqlite:(\/\/)?/i, ''));
      case 'postgres':
      case 'postgresql':
        return await (await import('./postgres.ts')).openPostgres(url);
      case 'mysql':
      case 'mariadb':
        return await (await import('./mysql.ts')).openMysql(url);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`The warehouse cannot be opened: ${code ?? message}.`);
  }
  throw new Error('WAREHOUSE_DATABASE_URL must begin with sqlite:, postgres:, mysql: or mariadb:.');
}

/** Makes the warehouse's tables where they are missing, so that an empty one can be asked. */
export async function prepareWarehouse(url: string): Promise<void> {
  const database = await openWarehouse(url);
  try {
    await database.prepare();
  } finally {
    await database.close();
  }
}
