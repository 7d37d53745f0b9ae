import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createClientAsync, listen } from 'soap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeReply, encodeCall } from '../../../src/formats/wsdl/call.ts';
import { loadWsdl } from '../../../src/formats/wsdl/model.ts';
import type { SoapOperation } from '../../../src/formats/wsdl/operation.ts';
import { envelope, wsdlText } from './small-wsdl.ts';

const RECORD = `<xsd:complexType name="Record"><xsd:sequence><xsd:element name="text" type="xsd:string"/><xsd:element name="count" type="xsd:int"/>
  <xsd:element name="flag" type="xsd:boolean"/><xsd:element name="word" type="xsd:string" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType>`;
const WSDL = wsdlText({
  schema: `${RECORD}<xsd:element name="Ask" type="t:Record"/><xsd:element name="Answer" type="t:Record"/>`,
});

// The peer drops white space at the ends: what stands there is tested elsewhere.
const text = fc
  .string({
    unit: fc.constantFrom('a', 'é', '😀', '<', '&', '"', "'", ']', '>', '0', ' '),
    maxLength: 12,
  })
  .map((value) => value.trim())
  .filter((value) => value !== '');
const record = fc.record({
  text,
  count: fc.integer(),
  flag: fc.boolean(),
  word: fc.array(text, { maxLength: 3 }),
});

describe('against the npm package soap', () => {
  let server: Server;
  let url = '';
  let operation: SoapOperation;
  const received: unknown[] = [];

  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ask`;
    const answer = (input: unknown) => {
      received.push(input);
      if ((input as { text: string }).text === 'fail')
        throw {
          Fault: {
            Code: { Value: 'soap:Sender' },
            Reason: { Text: 'No' },
            faultcode: 'Client.No',
            faultstring: 'No <way>',
            statusCode: 500,
          },
        };
      return input;
    };
    listen(server, {
      path: '/ask',
      xml: WSDL,
      services: { S: { P: { Ask: answer } } },
      preserveWhitespace: true,
    } as never);
    operation = (await loadWsdl('x.wsdl', () => WSDL)).operation({ name: 'Ask' });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const call = async (input: unknown) => {
    const { headers, body } = encodeCall(operation, input);
    const response = await fetch(url, { method: 'POST', headers, body: String(body) });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      answer: await decodeReply(operation, bytes, response.headers.get('content-type') ?? undefined),
    };
  };

  it('as a server: it understands what we write, and we read back what we sent', async () => {
    await fc.assert(
      fc.asyncProperty(record, async (value) => {
        const { answer } = await call(value);
        expect(answer).toEqual({ body: value, headers: {} });
        expect(received.at(-1)).toMatchObject({ text: value.text, count: value.count, flag: value.flag });
      }),
      { numRuns: 100 },
    );
  });

  it('as a server that fails: its fault with status 500 is a fault of ours', async () => {
    const { status, answer } = await call({ text: 'fail', count: 1, flag: true, word: [] });
    expect(status).toBe(500);
    expect(answer).toMatchObject({ fault: { version: '1.1', code: 'Client.No', reason: 'No <way>' } });
  });

  it('as a client: we read its requests as a service would', async () => {
    const seen: string[] = [];
    const service = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push(Buffer.concat(chunks).toString());
        response.setHeader('content-type', 'text/xml');
        const reply = '<t:Answer><t:text>x</t:text><t:count>1</t:count><t:flag>1</t:flag></t:Answer>';
        response.end(request.url?.endsWith('wsdl') ? WSDL : envelope(reply));
      });
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
    const client = await createClientAsync(`${address}?wsdl`, {}, address);
    await client.AskAsync({ text: 'a < b', count: 3, flag: true, word: ['x', 'y'] });
    service.closeAllConnections();
    await new Promise((resolve) => service.close(resolve));
    // The same description with its messages exchanged reads requests.
    const mirrored = WSDL.replace('message="t:In"', 'message="t:X"')
      .replace('message="t:Out"', 'message="t:In"')
      .replace('message="t:X"', 'message="t:Out"');
    const asService = (await loadWsdl('y.wsdl', () => mirrored)).operation({ name: 'Ask' });
    expect(asService.decode(seen.at(-1)!)).toMatchObject({
      body: { text: 'a < b', count: 3, flag: true, word: ['x', 'y'] },
    });
  });
});
