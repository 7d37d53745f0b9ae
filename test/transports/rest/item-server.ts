import type { ServerResponse } from 'node:http';
import { brokenId, type Item, world } from '../../contracts/world.ts';
import { httpServer, sendJson, type TestServer } from '../../support/http-server.ts';

/** The world of the contract as a REST service below `/v1`. Lists come in an order of their own. */
export async function itemServer(slow: { slowBegan(): void; slowEnded(): void }): Promise<TestServer> {
  const items = new Map(world.map((item) => [item.id, item]));
  return httpServer(({ method, url, body }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://host');
    const id = pathname.startsWith('/v1/items/') ? decodeURIComponent(pathname.slice(10)) : undefined;
    if (pathname === '/v1/health') return sendJson(response, {});
    if (pathname === '/v1/items') return sendItems(response, listed(searchParams));
    if (pathname === '/v1/echo') return sendJson(response, { text: searchParams.get('text') });
    if (pathname === '/v1/big') return sendJson(response, 'x'.repeat(200_000));
    if (pathname === '/v1/garbage') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end('{"half": tr');
    }
    if (pathname === '/v1/slow') {
      response.on('close', slow.slowEnded);
      return slow.slowBegan();
    }
    if (id === brokenId) return sendJson(response, { title: 'broken at http://127.0.0.1:9999' }, 500);
    const item = id === undefined ? undefined : items.get(id);
    if (item === undefined) return sendJson(response, { title: 'Not found' }, 404);
    if (method === 'PATCH') items.set(item.id, { ...item, ...JSON.parse(body) });
    return sendItem(response, items.get(item.id) as Item);
  });

  function listed(parameters: URLSearchParams): Item[] {
    const ids = parameters.get('ids')?.split(',');
    const owners = parameters.get('owners')?.split(',');
    return [...items.values()]
      .filter(({ id, owner }) => ids?.includes(id) || owners?.includes(owner))
      .reverse();
  }
}

function sendItems(response: ServerResponse, items: readonly Item[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"items":[${items.map(jsonOf).join(',')}]}`);
}

function sendItem(response: ServerResponse, item: Item): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(jsonOf(item));
}

/** Amounts that a double cannot hold travel as JSON numbers. */
function jsonOf(item: Item): string {
  return JSON.stringify(item).replace(/"amount":"(-?\d{16,})"/, '"amount":$1');
}
