import type { ServerResponse } from 'node:http';
import { XMLParser } from 'fast-xml-parser';
import { brokenId, type Item, world } from '../../contracts/world.ts';
import { httpServer, type TestServer } from '../../support/http-server.ts';
import { envelope, fault } from './shop.ts';

/** Reads requests with another's parser: text alone, nothing trimmed. */
const parser = new XMLParser({
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  processEntities: true,
  isArray: (_, path) => /GetItems\.id$/.test(String(path)),
});

/** The world of the contract as the SOAP service of `shop.wsdl`. */
export async function itemServer(slow: { slowBegan(): void; slowEnded(): void }): Promise<TestServer> {
  const items = new Map(world.map((item) => [item.id, item]));
  return httpServer(({ method, body }, response) => {
    if (method === 'GET') return response.end('here');
    const [name, input] = Object.entries(parser.parse(body).Envelope.Body)[0] as [
      string,
      Record<string, string>,
    ];
    const text = (member: string) => input[member] ?? '';
    switch (name) {
      case 'GetItem': {
        const item = items.get(text('id'));
        if (text('id') === brokenId) return sendFault(response, 'Server', 'broken at http://127.0.0.1:9999');
        if (item === undefined)
          return sendFault(
            response,
            'Client',
            'unknown',
            '<ShopFault xmlns="urn:shop"><code>UNKNOWN</code></ShopFault>',
          );
        return send(response, `<GetItemResponse xmlns="urn:shop">${elementOf(item)}</GetItemResponse>`);
      }
      case 'GetItems': {
        const found = [...items.values()].filter(({ id }) => (input.id as unknown as string[]).includes(id));
        return send(
          response,
          `<GetItemsResponse xmlns="urn:shop">${found.reverse().map(elementOf).join('')}</GetItemsResponse>`,
        );
      }
      case 'FindByOwner': {
        const found = [...items.values()].filter(({ owner }) => owner === text('owner'));
        return send(
          response,
          `<FindByOwnerResponse xmlns="urn:shop">${found.map(elementOf).join('')}</FindByOwnerResponse>`,
        );
      }
      case 'Rename': {
        const renamed = { ...(items.get(text('id')) as Item), name: text('name') };
        items.set(renamed.id, renamed);
        return send(response, `<RenameResponse xmlns="urn:shop">${elementOf(renamed)}</RenameResponse>`);
      }
      case 'Echo':
        return send(
          response,
          `<EchoResponse xmlns="urn:shop"><text>${escaped(text('text'))}</text></EchoResponse>`,
        );
      case 'Big':
        return send(
          response,
          `<BigResponse xmlns="urn:shop"><data>${'x'.repeat(200_000)}</data></BigResponse>`,
        );
      case 'Garbage':
        return response.end(
          '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>',
        );
      default:
        response.on('close', slow.slowEnded);
        return slow.slowBegan();
    }
  });
}

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' });
  response.end(envelope(body));
}

function sendFault(response: ServerResponse, code: string, text: string, detail?: string): void {
  response.writeHead(500, { 'content-type': 'text/xml; charset=utf-8' });
  response.end(fault(`soap:${code}`, text, detail));
}

function elementOf({ note, ...item }: Item): string {
  const members = Object.entries(item).map(([name, text]) => `<${name}>${escaped(text)}</${name}>`);
  const noted = note === null ? '<note xsi:nil="true"/>' : `<note>${escaped(note)}</note>`;
  return `<item>${members.join('')}${noted}</item>`;
}

function escaped(text: string): string {
  return text.replace(/[<>&\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
