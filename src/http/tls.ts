import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type TlsOptions as NodeTlsOptions, type SecureContextOptions } from 'node:tls';
import { ProblemsError } from '../config/problems.ts';
import type { TlsOptions } from '../config/tls-options.ts';
import type { Log } from '../telemetry/log.ts';

/** Forward secrecy and authenticated encryption alone: RFC 9325 §4.2. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const lookEveryMs = 2_000;

/** What a listener is made with. Throws a `ProblemsError` for files that cannot be used; nothing of them is repeated. */
export function tlsOf(options: TlsOptions): NodeTlsOptions {
  try {
    const context = contextOf(options);
    return options.ca === undefined ? context : { ...context, requestCert: true, rejectUnauthorized: true };
  } catch (thrown) {
    throw new ProblemsError([
      {
        place: 'tributary.config.ts',
        subject: 'tls',
        message: `The certificate of the endpoint cannot be used: ${reasonOf(thrown)}.`,
        mend: 'Give `tls.cert` and `tls.key` the files of a certificate and of its private key, as PEM.',
      },
    ]);
  }
}

export interface TlsWatch {
  /** Reads the files again. Connections that are open go on; where a file is broken, so does the old certificate. */
  reload(): void;
  close(): void;
}

/** Reads the files again whenever they change: a mounted secret is replaced by a link, which tells nobody. */
export function watchTls(server: Server, options: TlsOptions, log: Log): TlsWatch {
  let stamp = stampOf(options);
  const reload = (): void => {
    stamp = stampOf(options);
    try {
      const context = contextOf(options);
      server.setSecureContext(context);
      const { validTo } = new X509Certificate(context.cert as Buffer);
      log.info({ validTo }, 'The certificate of the endpoint was read again.');
    } catch (thrown) {
      log.error(
        { reason: reasonOf(thrown) },
        'The new certificate of the endpoint cannot be used; the old one stays.',
      );
    }
  };
  const timer = setInterval(() => {
    if (stampOf(options) !== stamp) reload();
  }, lookEveryMs).unref();
  return { reload, close: () => clearInterval(timer) };
}

/** Throws where a file is missing, is no PEM, or the key is another certificate's. */
function contextOf({ cert, key, ca, minVersion }: TlsOptions): SecureContextOptions {
  const context = {
    cert: readFileSync(cert),
    key: readFileSync(key),
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    minVersion,
    ciphers,
    honorCipherOrder: true,
  };
  if (!new X509Certificate(context.cert).checkPrivateKey(createPrivateKey(context.key)))
    throw Object.assign(new Error('The key is not that of the certificate.'), { code: 'KEY_MISMATCH' });
  createSecureContext(context);
  return context;
}

function stampOf({ cert, key, ca }: TlsOptions): string {
  return [cert, key, ...(ca === undefined ? [] : [ca])].map(stampOfFile).join();
}

/** A file that is not there, or cannot be looked at, has a stamp too: it may come back, and nobody but the timer asks. */
function stampOfFile(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}

/** Messages of the libraries may hold parts of the file. */
function reasonOf(thrown: unknown): string {
  const { code } = Object(thrown) as { code?: unknown };
  return typeof code === 'string' ? code : 'it is no PEM';
}
