import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/redis-server.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
const cert = join(folder, 'cert.pem');
const key = join(folder, 'key.pem');

/** Makes a certificate for this machine. */
function make(name: string): void {
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
  ]);
  if (made.status !== 0) throw new Error(String(made.stderr));
}

function install(name: string): void {
  copyFileSync(join(folder, `${name}.crt`), cert);
  copyFileSync(join(folder, `${name}.key`), key);
}

let server: TestServer;
let port: number;
beforeAll(async () => {
  for (const name of ['first', 'second']) make(name);
  install('first');
  server = await openTestServer({ tls: { cert, key } });
  port = Number(new URL(server.url).port);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** The name on the certificate, or why there is none. */
function handshake(options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', rejectUnauthorized: false, ...options },
      () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      },
    );
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function ask(agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ query: '{ hello }' });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked = request(
      { port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers, agent },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    asked.on('error', reject).end(body);
  });
}

describe('A21: the endpoint over TLS', () => {
  it('answers, and speaks nothing older than TLS 1.2', async () => {
    expect(server.url).toMatch(/^https:/);
    expect(await ask(new Agent({ rejectUnauthorized: false }))).toBe(200);
    expect(await handshake({ maxVersion: 'TLSv1.2' })).toBe('first');
    expect(
      await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).toMatch(/^ERR_SSL|ECONNRESET/);
    for (const ciphers of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256'])
      expect(await handshake({ maxVersion: 'TLSv1.2', ciphers })).not.toBe('first');
  });

  it('lives through bytes that are no handshake, and names that are none', async () => {
    const hello = Buffer.from(
      '1603010045010000410303' +
        '00'.repeat(32) +
        '000002c02b0100' +
        '0016' +
        '0000' +
        '0012' +
        '0010' +
        '00' +
        '000d' +
        'ff'.repeat(13),
      'hex',
    );
    for (const bytes of [
      hello,
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(500, 0xff),
      Buffer.from('160301ffff01', 'hex'),
    ])
      await new Promise<void>((resolve) => {
        const socket = connectPlain(port, '127.0.0.1', () => socket.end(bytes));
        socket
          .on('close', () => resolve())
          .on('error', () => resolve())
          .resume();
      });
    for (const servername of ['x'.repeat(255), 'ä.example', '..', '*']) await handshake({ servername });
    expect(await handshake()).toBe('first');
  });

  it('gets a new certificate under load, and no request fails', async () => {
    const kept = new Agent({ keepAlive: true, rejectUnauthorized: false });
    let running = true;
    const statuses: number[] = [];
    const load = Array.from({ length: 4 }, async (_, index) => {
      while (running) statuses.push(await ask(index < 2 ? kept : new Agent({ rejectUnauthorized: false })));
    });
    await until(() => statuses.length > 40);
    install('second');
    server.reloadCertificate();
    const before = statuses.length;
    await until(() => statuses.length > before + 40);
    running = false;
    await Promise.all(load);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await handshake()).toBe('second');
    kept.destroy();
  });

  it('keeps the old certificate where the new one is broken, says so without it, and finds the next by itself', async () => {
    for (const text of ['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
      writeFileSync(cert, text);
      server.reloadCertificate();
      expect(await handshake()).toBe('second');
    }
    copyFileSync(join(folder, 'first.crt'), cert);
    server.reloadCertificate();
    expect(await handshake()).toBe('second');
    const errors = server.log().filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(4);
    expect(errors.at(-1)).toMatchObject({ reason: 'KEY_MISMATCH' });
    expect(server.logText()).not.toContain('BEGIN');
    install('first');
    await until(async () => (await handshake()) === 'first', 10_000);
  });

  it('lives through a file that cannot even be looked at, and finds what comes in its place', async () => {
    rmSync(cert);
    symlinkSync(cert, cert);
    expect(() => server.reloadCertificate()).not.toThrow();
    expect(server.log().at(-1)).toMatchObject({ level: 'error', reason: 'ELOOP' });
    expect(await handshake()).toBe('first');
    rmSync(cert);
    install('second');
    await until(async () => (await handshake()) === 'second', 10_000);
    install('first');
  });

  it('does not start with files that cannot be used', async () => {
    const wrong = [
      { cert: join(folder, 'nowhere.pem'), key },
      { cert: key, key: cert },
      { cert, key: join(folder, 'second.key') },
    ];
    for (const tls of wrong)
      await expect(openTestServer({ tls })).rejects.toMatchObject({ problems: [{ subject: 'tls' }] });
  });

  const scanner = spawnSync('sslscan', ['--version']).status === 0;
  it.skipIf(!scanner)(
    `holds against sslscan${scanner ? '' : ' (not tested: no `sslscan` is on the path)'}`,
    async () => {
      const { stdout } = await promisify(execFile)('sslscan', ['--no-colour', `127.0.0.1:${port}`]);
      for (const old of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
        expect(stdout).toMatch(new RegExp(`${old}\\s+disabled`));
      const accepted = stdout.split('\n').filter((line) => /^(Preferred|Accepted)/.test(line));
      expect(accepted.length).toBeGreaterThan(3);
      for (const line of accepted) expect(line).toMatch(/TLS_|ECDHE-(ECDSA|RSA)-(AES\d+-GCM|CHACHA20)/);
      expect(stdout).toContain('not vulnerable to heartbleed');
      expect(stdout).not.toMatch(/compression enabled/i);
    },
  );
});
