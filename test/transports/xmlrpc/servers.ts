import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Datasource } from '../../../src/operations/datasource.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import type { Outcome } from '../../../src/operations/outcome.ts';
import { openDatasource } from '../../support/open-datasource.ts';

/** What a server was asked. */
export interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer: a body with status 200, or all of it. */
export type Answer =
  | string
  | Buffer
  | { status?: number; body?: string | Buffer; headers?: Record<string, string | string[]> };

export interface RawServer {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** A server that answers every request with the bytes that a function gives for it; with none, never. */
export async function rawServer(
  answer: (asked: Asked, count: number) => Answer | undefined,
): Promise<RawServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    bodyOf(request).then((body) => {
      const { method, url: path, headers } = request;
      const question = { method, path, headers, body };
      asked.push(question);
      const answered = answer(question, asked.length);
      if (answered !== undefined) send(response, answered);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A response document around one value. */
export function response(value: string): string {
  return `<?xml version="1.0"?>\n<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
}

/** A fault document. */
export function fault(code: string, text: string): string {
  return `<?xml version="1.0"?><methodResponse><fault><value>${faultStruct(code, text)}</value></fault></methodResponse>`;
}

/** A fault as it stands in the answer of a multicall. */
export function faultStruct(code: string, text: string): string {
  return `<struct><member><name>faultCode</name><value>${code}</value></member><member><name>faultString</name><value><string>${text}</string></value></member></struct>`;
}

export function arrayOf(...values: readonly string[]): string {
  return `<array><data>${values.map((value) => `<value>${value}</value>`).join('')}</data></array>`;
}

export function isMulticall({ body }: Asked): boolean {
  return body.includes('<methodName>system.multicall</methodName>');
}

/** The datasource's transport, asked a batch at a time; nothing is tried again. */
export async function opened(
  datasource: Datasource,
  variables: NodeJS.ProcessEnv = {},
): Promise<OpenedDatasource> {
  const open = await openDatasource(datasource, variables);
  let closing: Promise<void> | undefined;
  return {
    ask: (operation, ...inputs) => open.ask(operation, inputs),
    ping: async () => open.transport.ping?.(AbortSignal.timeout(5_000)),
    // Tests that open a second datasource close the first one themselves, and then again when they are over.
    close: () => {
      closing ??= open.close();
      return closing;
    },
  };
}

export interface OpenedDatasource {
  ask<I, O>(operation: Operation<I, O>, ...inputs: readonly I[]): Promise<readonly Outcome<O>[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** An outcome as a test compares it: a value, or the code of an error. */
export function plain(outcome: unknown): unknown {
  return outcome instanceof Error ? ((outcome as { code?: string }).code ?? outcome.message) : outcome;
}

/** Starts a Python program that says where it listens: its port, of which the address is made, or its socket. */
export async function pythonServer(program: string): Promise<{ url: string; said: string; close(): void }> {
  const child: ChildProcess = spawn('python3', ['-u', '-c', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', () => reject(new Error('The Python server did not start.')));
  });
  return { url: `http://127.0.0.1:${said}`, said, close: () => child.kill() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, answer: Answer): void {
  const whole = typeof answer === 'string' || Buffer.isBuffer(answer) ? { body: answer } : answer;
  response.writeHead(whole.status ?? 200, { 'content-type': 'text/xml', ...whole.headers });
  response.end(whole.body ?? '');
}
