import { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../config/problems.ts';
import { toError } from '../errors.ts';

export interface Address {
  readonly option: 'port' | 'adminPort';
  readonly host: string;
  readonly port: number;
}

/** Listens, or says what keeps it from listening. */
export async function listen(
  app: FastifyInstance,
  { option, host, port }: Address,
): Promise<Problem | undefined> {
  try {
    await app.listen({ host, port, listenTextResolver: () => '' });
    return undefined;
  } catch (thrown) {
    return problemOf(toError(thrown), { option, host, port });
  }
}

/** The address that a listener really has: port 0 takes a free one. */
export function urlOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  const scheme = app.server instanceof HttpsServer ? 'https' : 'http';
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function problemOf(error: Error & { code?: string }, { option, host, port }: Address): Problem {
  const variable = option === 'port' ? 'PORT' : 'ADMIN_PORT';
  const hostVariable = option === 'port' ? 'HOST' : 'ADMIN_HOST';
  const what: Record<string, readonly [string, string]> = {
    EADDRINUSE: ['is in use', `Stop what listens there, or set ${variable} to another port.`],
    EACCES: ['may not be used by this user', `Set ${variable} to a port above 1023.`],
    EADDRNOTAVAIL: [
      'cannot be had: this machine does not have the address',
      `Set ${hostVariable} to one it has.`,
    ],
    ENOTFOUND: ['cannot be had: the name of the host is not known', `Set ${hostVariable} to an address.`],
  };
  const [message, mend] = what[error.code ?? ''] ?? [
    `cannot be listened on (${error.code ?? error.name})`,
    `Set ${hostVariable} and ${variable} to an address that can.`,
  ];
  return {
    place: 'tributary.config.ts',
    subject: option,
    message: `Port ${port} of ${host} ${message}.`,
    mend,
  };
}
