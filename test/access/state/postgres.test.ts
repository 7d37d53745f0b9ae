import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/access/state/open-database.ts';
import { mayPass } from '../../../src/access/state/sql-errors.ts';
import { hasOpenssl, makeCertificates } from '../../faults/harness/certificates.ts';
import { openTestDatabase } from '../../support/databases.ts';
import { missingPostgres, type OwnPostgres, startPostgres } from '../../support/own-postgres.ts';
import { proxyTo } from '../../transports/sql/proxy.ts';

const codeOfDriver = (error: unknown): unknown => Object(error).code;

const probe = await openTestDatabase('postgres');

describe.skipIf('missing' in probe)('a state database in Postgres', () => {
  const test = probe as Exclude<typeof probe, { missing: string }>;
  afterAll(() => test.drop());

  it('D05: answers again as soon as it is back, and ends no process by dying', async () => {
    const proxy = await proxyTo(test.url);
    const url = new URL(test.url);
    url.port = String(proxy.port);
    const database = await openDatabase(url.href);
    expect(await database.all('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await proxy.stop();
    const began = performance.now();
    await expect(database.all('SELECT 1 AS one')).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(3_000);
    await proxy.start();
    expect(await database.all('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.close();
    await proxy.stop();
  });

  it('D05: writes nothing of a transaction whose session the server ends, and goes on after it', async () => {
    const database = await openDatabase(test.url);
    const plan =
      "INSERT INTO plans (name, audience, scopes, registered_only, locations) VALUES ('half', 'OPEN', '[]', 0, '[]')";
    const killed = database.transaction(async (transaction) => {
      await transaction.run(plan);
      const [row] = await transaction.all<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await test.run(`SELECT pg_terminate_backend(${row?.pid})`);
      await transaction.run(plan);
    });
    await expect(killed).rejects.toThrow();
    expect(await database.all("SELECT name FROM plans WHERE name = 'half'")).toEqual([]);
    expect(await database.run(plan)).toBe(1);
    await database.close();
  });

  it('D02: says that it is worth another try where every connection is taken, or other writers take too long', async () => {
    const database = await openDatabase(test.url);
    let end = (): void => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const writers = Array.from({ length: 9 }, () =>
      database.transaction(() => held).catch((error: unknown) => error),
    );
    const [first, ...others] = writers;
    const outcomes = await Promise.all(others);
    expect(outcomes.map(mayPass)).toEqual(others.map(() => true));
    expect(new Set(outcomes.map(codeOfDriver))).toEqual(new Set(['57014', '08006']));
    end();
    await first;
    await database.close();
  });

  it('says so where a statement failed and the transaction went on all the same', async () => {
    const database = await openDatabase(test.url);
    const swallowing = database.transaction(async (transaction) => {
      await transaction.run("DELETE FROM plans WHERE name = 'half'");
      await transaction.run('INSERT INTO nowhere (id) VALUES (1)').catch(() => {});
    });
    await expect(swallowing).rejects.toThrow('nothing was written');
    await database.close();
  });
});

const cannot = hasOpenssl ? missingPostgres : 'there is no `openssl`';
if (cannot !== undefined) console.warn(`skipped: ${cannot}`);

describe.skipIf(cannot !== undefined)('a Postgres with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
  const authority = join(folder, 'ca.pem');
  const stranger = join(folder, 'stranger.pem');
  let server: OwnPostgres;

  beforeAll(async () => {
    const { ca, good, selfSigned } = makeCertificates();
    writeFileSync(authority, ca);
    writeFileSync(stranger, selfSigned.certificate);
    server = await startPostgres(good);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const address = (query: string): string => `postgres://postgres@127.0.0.1:${server.port}/postgres?${query}`;

  it('A21: is reached over TLS, and proves who it is', async () => {
    const database = await openDatabase(address(`sslmode=verify-full&sslrootcert=${authority}`));
    const [row] = await database.all('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(row).toMatchObject({ ssl: true, version: expect.stringMatching(/^TLSv1\.[23]$/) });
    await database.close();
  });

  it('A21: is not spoken to where it cannot prove it', async () => {
    const opening = openDatabase(address(`sslmode=verify-full&sslrootcert=${stranger}`), {
      startLimitMs: 200,
    });
    await expect(opening).rejects.toThrow('The state database (Postgres) cannot be used');
  });
});
