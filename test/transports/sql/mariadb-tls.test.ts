import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { codeOf } from '../../../src/errors.ts';
import { columns, expression, row, sql } from '../../../src/transports/sql/index.ts';
import { hasOpenssl, makeCertificates } from '../../faults/harness/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { runnerOf } from './fixture.ts';

const isInstalled = spawnSync('mariadbd', ['--version']).status === 0;

const storeOf = (url: string) =>
  sql('secured', {
    url,
    operations: {
      cipher: row<object, { value: string }>`
        SELECT ${columns({ value: expression('variable_value') })} FROM information_schema.session_status
        WHERE variable_name = 'Ssl_cipher'`,
    },
  });

async function cipherOf(url: string): Promise<unknown> {
  const store = storeOf(url);
  const runner = await runnerOf(store);
  const [outcome] = await runner.run(store.cipher, [{}]);
  await runner.close();
  return outcome instanceof Error ? codeOf(outcome) : (outcome as { value: string }).value;
}

const missing = isInstalled && hasOpenssl ? '' : ' (not tested: mariadbd or openssl is missing)';

describe.skipIf(missing !== '')(`a MariaDB server with a certificate${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
  const authority = join(folder, 'ca.pem');
  const stranger = join(folder, 'stranger.pem');
  let address = '';
  let stop: () => Promise<unknown> = async () => {};

  beforeAll(async () => {
    const { ca, good, selfSigned } = makeCertificates();
    writeFileSync(authority, ca);
    writeFileSync(stranger, selfSigned.certificate);
    writeFileSync(join(folder, 'server.key'), good.key);
    writeFileSync(join(folder, 'server.crt'), good.certificate);
    // The server may run as another user than the one that runs the tests.
    chmodSync(folder, 0o755);
    const data = `--datadir=${join(folder, 'data')}`;
    execFileSync('mariadb-install-db', [
      '--no-defaults',
      data,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
    const port = await freePort();
    const server = spawn('mariadbd', [
      '--no-defaults',
      data,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--ssl-cert=${join(folder, 'server.crt')}`,
      `--ssl-key=${join(folder, 'server.key')}`,
      '--innodb-buffer-pool-size=16M',
      '--user=root',
    ]);
    const ended = new Promise((resolve) => server.once('exit', resolve));
    stop = () => {
      server.kill('SIGKILL');
      return ended;
    };
    address = `mariadb://root@127.0.0.1:${port}/mysql`;
    await vi.waitFor(async () => expect(await cipherOf(address)).toBe(''), { timeout: 30_000 });
  });

  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  test('is spoken to in plain text only where nothing else was asked for', async () => {
    expect(await cipherOf(address)).toBe('');
    expect(await cipherOf(`${address}?sslrootcert=${authority}`)).toMatch(/^(TLS|ECDHE)/);
  });

  test('whose certificate nobody known has signed is not spoken to', async () => {
    expect(await cipherOf(`${address}?ssl=true`)).toBe('UPSTREAM_UNAVAILABLE');
    expect(await cipherOf(`${address}?sslrootcert=${stranger}`)).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('is not opened with authorities that cannot be read, and the path is not told', async () => {
    const failure = await cipherOf(`${address}?sslrootcert=/nowhere/hush.pem`).catch(
      (error: Error) => error.message,
    );
    expect(failure).toBe('`url` has a `sslrootcert` that names no file that can be read.');
  });
});
