import './pollution.ts';
import { fileURLToPath } from 'node:url';
import { startTributary, type Tributary } from '../../../src/tributary.ts';
import { privateState } from '../../support/private-state.ts';
import { type FaultServer, json, openFaultServer } from './fault-server.ts';

export const projectFolder = fileURLToPath(new URL('../project', import.meta.url));

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
  }[];
}

/** The project of the fault tests, served over HTTP in this process, between clients and two backends. */
export interface Served {
  readonly tributary: Tributary;
  readonly good: FaultServer;
  readonly bad: FaultServer;
  ask(query: string, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  query(query: string, headers?: Record<string, string>): Promise<Answer>;
  metrics(): Promise<string>;
  close(): Promise<void>;
}

export const item = (id: string) => json({ id, name: `name of ${id}`, count: 1 });

export async function openServed(variables: NodeJS.ProcessEnv = {}): Promise<Served> {
  const [good, bad] = [await openFaultServer(), await openFaultServer()];
  for (const server of [good, bad])
    server.behave('*', {
      do: 'choose',
      fault: ({ url }) => item(decodeURIComponent(url.split('/').at(-1) as string)),
    });
  const tributary = await startTributary({
    directory: projectFolder,
    variables: { GOOD_URL: good.url, BAD_URL: bad.url, LOG_LEVEL: 'silent', ...privateState(), ...variables },
    importModule: (file) => import(file),
  });
  const ask: Served['ask'] = (query, headers = {}, signal) =>
    fetch(tributary.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
      ...(signal !== undefined && { signal }),
    });
  return {
    tributary,
    good,
    bad,
    ask,
    query: async (query, headers) => (await (await ask(query, headers)).json()) as Answer,
    metrics: async () => (await fetch(`${tributary.adminUrl}/metrics`)).text(),
    async close() {
      await tributary.close();
      await Promise.all([good.close(), bad.close()]);
    },
  };
}
