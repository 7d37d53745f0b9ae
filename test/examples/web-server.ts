import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** The strictest policy that the page has to live with. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** What was asked of the graph. */
export interface Asked {
  readonly operationName: string;
  /** The header `X-API-Key`. */
  readonly apiKey: string | undefined;
}

export interface WebServer {
  readonly url: string;
  readonly asked: Asked[];
  /** While it is set, `/graphql` hangs up. */
  down: boolean;
  close(): Promise<void>;
}

/** Serves a built page as any static server would, and leads `/graphql` to the graph. */
export async function serveWeb(folder: string, graphUrl: string): Promise<WebServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const answer = request.url === '/graphql' ? proxy(request, response) : file(request, response);
    answer.catch(() => response.destroy());
  });
  const file = async ({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = url === '/' ? '/index.html' : url;
    const found = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': types[extname(path)] ?? 'text/plain',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(found);
  };
  const proxy = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (web.down) {
      response.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const apiKey = request.headers['x-api-key'] as string | undefined;
    asked.push({ operationName: (JSON.parse(body) as Asked).operationName, apiKey });
    const answer = await fetch(graphUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: request.headers.accept ?? '*/*',
        ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
      },
      body,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const web: WebServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    down: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return web;
}
