import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export interface OwnPostgres {
  readonly port: number;
  stop(): Promise<void>;
}

const bin = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '';

/** The server refuses to run as root. */
const account: Account | undefined = process.getuid?.() === 0 ? idsOf('postgres') : {};

/** Why no server can be started here; `undefined` where one can. */
export const missingPostgres: string | undefined =
  bin === '' || spawnSync(join(bin, 'initdb'), ['--version']).status !== 0
    ? 'no `initdb` of PostgreSQL is installed'
    : account === undefined
      ? 'PostgreSQL does not run as root, and there is no account `postgres`'
      : undefined;

/** Starts a PostgreSQL of the test's own that speaks TLS, with the user `postgres` and no password. */
export async function startPostgres(certificate: { key: string; certificate: string }): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
  const data = join(folder, 'data');
  const own = (path: string, mode: number): void => {
    chmodSync(path, mode);
    if (account?.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
  };
  own(folder, 0o700);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'], {
    ...account,
    cwd: folder,
    stdio: 'ignore',
  });
  for (const [name, text] of [
    ['server.key', certificate.key],
    ['server.crt', certificate.certificate],
  ] as const) {
    writeFileSync(join(data, name), text);
    own(join(data, name), 0o600);
  }
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    ssl: 'on',
    fsync: 'off',
  };
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => server.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk: Buffer) => {
      if (text.length < 100_000) text += chunk.toString();
      if (text.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${text}`)));
  });
  return {
    port,
    async stop() {
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idsOf(name: string): Account | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  return uid?.status === 0 && gid?.status === 0
    ? { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    : undefined;
}
