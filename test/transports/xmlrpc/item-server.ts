import type { ServerResponse } from 'node:http';
import { brokenId, type Item, world } from '../../contracts/world.ts';
import { httpServer, type TestServer } from '../../support/http-server.ts';
import { arrayOf, faultStruct } from './servers.ts';

/** The answer to one call: the inside of a `<value>`, or a fault struct. */
type Result = { readonly value: string } | { readonly fault: string };

export interface ItemServerOptions {
  readonly multicall: boolean;
  slowBegan(): void;
  slowEnded(): void;
}

/** The world of the contract as an XML-RPC server. Every parameter is a string. */
export async function itemServer(options: ItemServerOptions): Promise<TestServer> {
  const items = new Map(world.map((item) => [item.id, item]));
  return httpServer(({ method, body }, response) => {
    if (method === 'GET') return response.end('here');
    const name = /<methodName>([^<]*)/.exec(body)?.[1] ?? '';
    if (name === 'garbage') return response.end('<methodResponse><params>');
    if (name === 'slow') {
      response.on('close', options.slowEnded);
      return options.slowBegan();
    }
    if (name !== 'system.multicall') return send(response, call(name, strings(body)));
    if (!options.multicall) return send(response, { fault: faultStruct('<int>-32601</int>', 'unknown') });
    // Each inner call is a struct of its own; its first string is the method's name.
    const results = body
      .split('<struct>')
      .slice(1)
      .map((inner) => {
        const [inside = '', ...parameters] = strings(inner);
        const result = call(inside, parameters);
        return 'fault' in result ? result.fault : arrayOf(result.value);
      });
    return send(response, { value: arrayOf(...results) });
  });

  function call(name: string, [first = '', second = '']: readonly string[]): Result {
    switch (name) {
      case 'items.get': {
        const item = items.get(first);
        if (first === brokenId)
          return { fault: faultStruct('<int>7</int>', 'broken at http://127.0.0.1:9999') };
        return item === undefined
          ? { fault: faultStruct('<int>404</int>', 'unknown') }
          : { value: structOf(item) };
      }
      case 'items.of':
        return {
          value: arrayOf(...[...items.values()].filter(({ owner }) => owner === first).map(structOf)),
        };
      case 'items.rename': {
        const renamed = { ...(items.get(first) as Item), name: second };
        items.set(first, renamed);
        return { value: structOf(renamed) };
      }
      case 'echo':
        return { value: `<struct>${member('text', `<string>${escaped(first)}</string>`)}</struct>` };
      case 'big':
        return { value: 'x'.repeat(200_000) };
      default:
        return { fault: faultStruct('<int>-32601</int>', 'unknown') };
    }
  }
}

function send(response: ServerResponse, result: Result): void {
  const content =
    'fault' in result
      ? `<fault><value>${result.fault}</value></fault>`
      : `<params><param><value>${result.value}</value></param></params>`;
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(`<?xml version="1.0"?><methodResponse>${content}</methodResponse>`);
}

function structOf({ id, owner, name, code, amount, note }: Item): string {
  const texts = { id, owner, name, code };
  const members = Object.entries(texts).map(([key, text]) => member(key, escaped(text)));
  const noted = note === null ? '<nil/>' : `<string>${escaped(note)}</string>`;
  return `<struct>${members.join('')}${member('amount', `<i8>${amount}</i8>`)}${member('note', noted)}</struct>`;
}

function member(name: string, value: string): string {
  return `<member><name>${name}</name><value>${value}</value></member>`;
}

function strings(xml: string): string[] {
  const found = [...xml.matchAll(/<string>([^<]*)<\/string>|<string\/>/g)];
  return found.map(([, text = '']) => unescaped(text));
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  '#xD': '\r',
  '#xA': '\n',
};

function unescaped(text: string): string {
  return text.replace(/&([^;]+);/g, (_, name: string) => ENTITIES[name] ?? `?${name}?`);
}

function escaped(text: string): string {
  return text.replace(/[<>&\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
