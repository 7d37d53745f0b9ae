import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate, as PEM. */
export interface Pair {
  readonly key: string;
  readonly certificate: string;
}

/** An authority of the test's own, and what it has signed. */
export interface Certificates {
  readonly ca: string;
  /** For 127.0.0.1. */
  readonly good: Pair;
  /** For 127.0.0.1, over since yesterday. */
  readonly expired: Pair;
  /** For another name. */
  readonly wrongHost: Pair;
  /** Signed by itself. */
  readonly selfSigned: Pair;
  /** Of a client. */
  readonly client: Pair;
}

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Makes them with `openssl`, in a second. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-certificates-'));
  const run = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const newKey = (name: string): void =>
    run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const issue = (name: string, alternative: string, days: readonly [start: number, end: number]): Pair => {
    newKey(name);
    run('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    writeFileSync(
      join(folder, `${name}.ext`),
      `subjectAltName=${alternative}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    const [start, end] = days.map(asn1Time);
    run(
      ...['ca', '-batch', '-config', 'ca.cnf', '-in', `${name}.csr`, '-out', `${name}.crt`, '-notext'],
      ...['-extfile', `${name}.ext`, '-startdate', start as string, '-enddate', end as string],
    );
    return { key: text(`${name}.key`), certificate: text(`${name}.crt`) };
  };
  try {
    newKey('ca');
    run('req', '-x509', '-key', 'ca.key', '-subj', '/CN=test authority', '-days', '30', '-out', 'ca.crt');
    writeFileSync(join(folder, 'ca.cnf'), authorityConfig);
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'serial'), '1000\n');
    newKey('self');
    run(
      ...['req', '-x509', '-key', 'self.key', '-subj', '/CN=self', '-days', '30', '-out', 'self.crt'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
    );
    return {
      ca: text('ca.crt'),
      good: issue('good', 'IP:127.0.0.1', [-1, 30]),
      expired: issue('expired', 'IP:127.0.0.1', [-10, -1]),
      wrongHost: issue('wrong', 'DNS:other.example', [-1, 30]),
      selfSigned: { key: text('self.key'), certificate: text('self.crt') },
      client: issue('client', 'DNS:client.example', [-1, 30]),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const authorityConfig = `[ca]
default_ca = own
[own]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;

/** Days from now, as `YYYYMMDDHHMMSSZ`. */
function asn1Time(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
}
