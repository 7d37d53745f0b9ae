import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { request } from '../../../src/transports/soap/builders.ts';
import { soap } from '../../../src/transports/soap/soap.ts';
import { envelope, type OpenedDatasource, opened, plain, shopWsdl } from './shop.ts';

const bytes = Buffer.from([0, 13, 10, 45, 45, 255, 128, 60, 38]);
const XOP = 'xmlns:xop="http://www.w3.org/2004/08/xop/include"';

let server: Server;
let open: OpenedDatasource;

/** What a request is answered with, given its headers and bytes. */
type Answerer = (headers: IncomingHttpHeaders, body: Buffer) => { body: Buffer; type: string };

async function upload(answer: Answerer, mtom = true) {
  server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { body, type } = answer(incoming.headers, Buffer.concat(chunks));
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shop = soap('shop', {
    wsdl: shopWsdl,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...(mtom && { mtomFromBytes: 1 }),
    operations: { upload: request<{ name: string; data: string }, { data: string }>('Upload') },
  });
  open = await opened(shop);
  return (await open.ask(shop.upload, { name: 'a', data: bytes.toString('base64') })).map(plain);
}

afterEach(async () => {
  await open.close();
  await new Promise((resolve) => server.close(resolve));
});

const response = (content: string) =>
  envelope(`<UploadResponse xmlns="urn:shop"><data>${content}</data></UploadResponse>`);
const inline = () => ({ body: Buffer.from(response(bytes.toString('base64'))), type: 'text/xml' });

/** A multipart answer as Java services write it. */
function multipart(include: string, contentId: string, encoding = 'binary') {
  const data = encoding === 'base64' ? Buffer.from(bytes.toString('base64')) : bytes;
  const head =
    '--uuid:1\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-Transfer-Encoding: binary\r\n' +
    `Content-ID: <root.message@cxf.apache.org>\r\n\r\n${response(`<xop:Include ${XOP} href="${include}"/>`)}\r\n--uuid:1\r\n` +
    `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: ${encoding}\r\nContent-ID: <${contentId}>\r\n\r\n`;
  return {
    body: Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n--uuid:1--')]),
    type: 'multipart/related; type="application/xop+xml"; boundary="uuid:1"; start="<root.message@cxf.apache.org>"; start-info="text/xml"',
  };
}

describe('bytes beside an envelope', () => {
  it('are sent as they are, not as base64', async () => {
    let type = '';
    let received: Buffer = Buffer.alloc(0);
    const outcome = await upload((headers, body) => {
      type = headers['content-type'] ?? '';
      received = body;
      return inline();
    });
    expect(outcome).toEqual([{ data: bytes.toString('base64') }]);
    expect(type).toMatch(
      /^multipart\/related; type="application\/xop\+xml"; start="<envelope@tributary>"; start-info="text\/xml"; boundary=/,
    );
    expect(received.includes(bytes)).toBe(true);
    expect(received.includes(bytes.toString('base64'))).toBe(false);
    expect(received.toString('latin1')).toMatch(/<xop:Include[^>]* href="cid:binary-1(?:@|%40)tributary"\/>/);
  });

  it.each<[string, Answerer]>([
    ['as CXF writes them', () => multipart('cid:a-1@cxf.apache.org', 'a-1@cxf.apache.org')],
    ['with a content id that is percent-encoded', () => multipart('cid:a%2D1%40x', 'a-1@x')],
    ['in base64', () => multipart('cid:1@x', '1@x', 'base64')],
  ])('are read %s', async (_, answer) => {
    expect(await upload(answer, false)).toEqual([{ data: bytes.toString('base64') }]);
  });

  it.each<[string, Answerer]>([
    ['that are missing', () => multipart('cid:other@x', '1@x')],
    [
      'that are cut',
      () => {
        const { body, type } = multipart('cid:1@x', '1@x');
        return { body: body.subarray(0, -12), type };
      },
    ],
    ['without any envelope', () => ({ body: Buffer.from('--b--'), type: 'multipart/related; boundary=b' })],
  ])('%s are an invalid answer', async (_, answer) => {
    expect(await upload(answer, false)).toEqual(['UPSTREAM_INVALID_RESPONSE']);
  });
});
