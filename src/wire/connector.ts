import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';

/** What TLS connections of a datasource are made with: PEM texts. */
export interface TlsMaterial {
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly serverName?: string | undefined;
}

/** Opens the sockets of one service, and knows of the one that closed last whether it had gone stale. */
export interface Connector {
  readonly connect: buildConnector.connector;
  /**
   * Whether the socket that closed last had brought an answer before, and nothing after the last that was written to it.
   * Asked in the event in which undici tells a request that its socket is gone: that is the socket.
   */
  lastClosedWasStale(): boolean;
}

/**
 * Opens sockets to where a service is, or to a Unix-domain socket in its place.
 * Throws an `Error` for certificates and keys that cannot be used; their text is not repeated.
 */
export function openConnector(
  connectTimeoutMs: number,
  tls: TlsMaterial = {},
  socketPath?: string,
): Connector {
  const open = buildConnector({
    timeout: connectTimeoutMs,
    ...connectionOptions(tls),
    ...(socketPath !== undefined && { socketPath }),
  });
  let wasStale = false;
  return {
    connect: (options, callback) =>
      open(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        watch(socket, (stale) => {
          wasStale = stale;
        });
        callback(null, socket);
      }),
    lastClosedWasStale: () => wasStale,
  };
}

/**
 * Listens before undici does, so that it is told first. What has come is compared with what had come when the request was
 * written: a part of an answer, be it half a header, was sent by somebody who had read the request.
 */
function watch(socket: Socket, closed: (stale: boolean) => void): void {
  const readAtFirst = socket.bytesRead;
  let readAtWrite = readAtFirst;
  const write = socket.write as (...parameters: unknown[]) => boolean;
  socket.write = ((...parameters: unknown[]) => {
    readAtWrite = socket.bytesRead;
    return write.apply(socket, parameters);
  }) as Socket['write'];
  socket.once('close', () => closed(readAtWrite > readAtFirst && socket.bytesRead === readAtWrite));
}

function connectionOptions({ ca, certificate, privateKey, passphrase, serverName }: TlsMaterial): object {
  const material = {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(privateKey !== undefined && { key: privateKey }),
    ...(passphrase !== undefined && { passphrase }),
  };
  try {
    // Node passes over authorities that it cannot read.
    for (const pem of [ca, certificate]) if (pem !== undefined) new X509Certificate(pem);
    if (Object.keys(material).length > 0) createSecureContext(material);
  } catch (thrown) {
    const code = (thrown as { code?: unknown }).code ?? 'no reason given';
    throw new Error(`The certificates and keys in \`tls\` cannot be used (${String(code)}).`);
  }
  return { ...material, ...(serverName !== undefined && { servername: serverName }) };
}
