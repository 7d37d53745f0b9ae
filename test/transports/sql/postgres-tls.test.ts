import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/errors.ts';
import { column, columns, row, sql } from '../../../src/transports/sql/index.ts';
import { hasOpenssl, makeCertificates } from '../../faults/harness/certificates.ts';
import { missingPostgres, type OwnPostgres, startPostgres } from '../../support/own-postgres.ts';
import { runnerOf } from './fixture.ts';

const storeOf = (url: string) =>
  sql('secured', {
    url,
    operations: {
      isSecured: row<object, { ssl: boolean }>`
        SELECT ${columns({ ssl: column.boolean('ssl') })} FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    },
  });

async function isSecured(url: string): Promise<unknown> {
  const store = storeOf(url);
  const runner = await runnerOf(store);
  const [outcome] = await runner.run(store.isSecured, [{}]);
  await runner.close();
  return outcome instanceof Error ? codeOf(outcome) : (outcome as { ssl: boolean }).ssl;
}

const missing = hasOpenssl ? missingPostgres : 'there is no `openssl`';

describe.skipIf(missing !== undefined)(
  `a PostgreSQL server with a certificate${missing === undefined ? '' : ` (not tested: ${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
    const authority = join(folder, 'ca.pem');
    const stranger = join(folder, 'stranger.pem');
    let server: OwnPostgres;

    beforeAll(async () => {
      const { ca, good, selfSigned } = makeCertificates();
      writeFileSync(authority, ca);
      writeFileSync(stranger, selfSigned.certificate);
      server = await startPostgres(good);
    });
    afterAll(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });

    const address = (query: string): string =>
      `postgres://postgres@127.0.0.1:${server.port}/postgres${query}`;

    test('is spoken to in plain text only where nothing else was asked for', async () => {
      expect(await isSecured(address(''))).toBe(false);
      expect(await isSecured(address(`?sslmode=verify-full&sslrootcert=${authority}`))).toBe(true);
      expect(await isSecured(address(`?sslrootcert=${authority}`))).toBe(true);
    });

    test.each(['require', 'verify-ca', 'verify-full'])(
      'whose certificate nobody known has signed is not spoken to: sslmode=%s',
      async (mode) => {
        expect(await isSecured(address(`?sslmode=${mode}`))).toBe('UPSTREAM_UNAVAILABLE');
        expect(await isSecured(address(`?sslmode=${mode}&sslrootcert=${stranger}`))).toBe(
          'UPSTREAM_UNAVAILABLE',
        );
      },
    );

    test.each(['sslrootcert', 'sslcert', 'sslkey'])(
      'is not opened where %s names no file, and the path is not told',
      async (name) => {
        const failure = await isSecured(address(`?sslmode=verify-full&${name}=/nowhere/hush.pem`)).catch(
          (error: Error) => error.message,
        );
        expect(failure).toBe(`\`url\` has a \`${name}\` that names no file that can be read.`);
      },
    );
  },
);
