import { describe, expect, it } from 'vitest';
import { readMultipart, writeMultipart } from '../../../src/formats/soap/multipart.ts';
import { decodeReply, encodeCall } from '../../../src/formats/wsdl/call.ts';
import { loadWsdl } from '../../../src/formats/wsdl/model.ts';
import { envelope, smallOperation, wsdlText } from './small-wsdl.ts';

const SCHEMA = `<xsd:element name="Ask"><xsd:complexType><xsd:sequence><xsd:element name="name" type="xsd:string"/><xsd:element name="data" type="xsd:base64Binary"/></xsd:sequence></xsd:complexType></xsd:element>
  <xsd:element name="Answer"><xsd:complexType><xsd:sequence><xsd:element name="data" type="xsd:base64Binary"/></xsd:sequence></xsd:complexType></xsd:element>`;
const operation = await smallOperation({ schema: SCHEMA });
const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7) % 256));
const base64 = bytes.toString('base64');
const include = (id: string) =>
  `<xop:Include href="cid:${id}" xmlns:xop="http://www.w3.org/2004/08/xop/include"/>`;

describe('MTOM', () => {
  it('takes large binaries out of the envelope, and what it writes it reads', async () => {
    const { headers, body } = encodeCall(operation, { name: 'x', data: base64 }, { mtomFromBytes: 1_000 });
    const contentType = headers['content-type']!;
    expect(contentType).toMatch(
      /^multipart\/related; type="application\/xop\+xml"; start="<envelope@tributary>"; start-info="text\/xml"; boundary=/,
    );
    const parts = readMultipart(body as Buffer, contentType);
    expect(parts.map(({ contentType }) => contentType)).toEqual([
      'application/xop+xml; charset=utf-8; type="text/xml"',
      'application/octet-stream',
    ]);
    expect(Buffer.from(parts[1]!.body).equals(bytes)).toBe(true);
    expect(Buffer.from(parts[0]!.body).toString()).toContain(
      `<xop:Include href="cid:${encodeURIComponent(parts[1]!.contentId!)}"/>`,
    );
  });

  it('leaves small binaries in', () => {
    const { body } = encodeCall(operation, { name: 'x', data: 'AAEC' }, { mtomFromBytes: 1_000 });
    expect(String(body)).toContain('>AAEC<');
  });

  it('reads binaries from their attachments, by percent-encoded content id and in any order of parts', async () => {
    const id = 'data one@example.org';
    const root = envelope(`<t:Answer><t:data>${include(encodeURIComponent(id))}</t:data></t:Answer>`);
    const parts = [
      { contentId: id, contentType: 'application/octet-stream', body: bytes },
      {
        contentId: 'root',
        contentType: 'application/xop+xml; charset=utf-8; type="text/xml"',
        body: Buffer.from(root),
      },
    ];
    const message = writeMultipart(parts, { type: 'application/xop+xml', startInfo: 'text/xml' });
    const contentType = message.contentType.replace(/start="[^"]+"/, 'start="<root>"');
    await expect(decodeReply(operation, message.body, contentType)).resolves.toEqual({
      body: { data: base64 },
      headers: {},
    });
  });

  it('reads parts that are base64 or quoted-printable, and a message whose header is missing', async () => {
    const message =
      '\r\n--MIME_boundary\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' +
      `${envelope(`<t:Answer><t:data>${include('a')}</t:data></t:Answer>`).replace(/=/g, '=3D')}=\r\n\r\n` +
      '--MIME_boundary\r\nContent-ID: <a>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--MIME_boundary--\r\n';
    await expect(decodeReply(operation, Buffer.from(message), undefined)).resolves.toMatchObject({
      body: { data: 'AAEC' },
    });
  });

  it.each([
    [
      'a reference to no attachment',
      envelope(`<t:Answer><t:data>${include('nobody')}</t:data></t:Answer>`),
      true,
    ],
    ['a cut message', envelope(`<t:Answer><t:data>AAEC</t:data></t:Answer>`), false],
  ])('refuses %s', async (_, root, complete) => {
    const message = writeMultipart([{ contentId: 'r', contentType: 'text/xml', body: Buffer.from(root) }], {
      type: 'text/xml',
    });
    const body = complete ? message.body : message.body.subarray(0, -8);
    await expect(decodeReply(operation, body, message.contentType)).rejects.toMatchObject({
      problem: 'invalid',
    });
  });

  it('refuses line ends in what becomes a header', () => {
    const part = { contentId: 'a\r\nX: y', contentType: 'text/xml', body: Buffer.from('') };
    expect(() => writeMultipart([part], { type: 'text/xml' })).toThrow(/line end/);
  });
});

describe('SOAP with attachments', () => {
  it('sends the parts that a MIME binding names beside the envelope, and reads them', async () => {
    const mime = 'xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"';
    const bound = (body: string) =>
      `<m:multipartRelated ${mime}><m:part>${body}</m:part><m:part><m:content part="photo" type="image/png"/></m:part></m:multipartRelated>`;
    const text = wsdlText({
      schema: '<xsd:element name="Ask" type="xsd:string"/>',
      style: 'rpc',
      input: ['name="title" type="xsd:string"', 'name="photo" type="xsd:base64Binary"'],
      output: ['name="note" type="xsd:string"', 'name="photo" type="xsd:base64Binary"'],
    }).replaceAll(
      '<s:body use="literal" namespace="urn:t"/>',
      bound('<s:body use="literal" namespace="urn:t"/>'),
    );
    const swa = (await loadWsdl('x.wsdl', () => text)).operation({ name: 'Ask' });
    const { headers, body } = encodeCall(swa, { title: 'x', photo: base64 });
    const parts = readMultipart(body as Buffer, headers['content-type']);
    expect(headers['content-type']).toMatch(/^multipart\/related; type="text\/xml"/);
    expect(Buffer.from(parts[0]!.body).toString()).toContain('<ns1:Ask><title>x</title></ns1:Ask>');
    expect([parts[1]!.contentType, Buffer.from(parts[1]!.body).equals(bytes)]).toEqual(['image/png', true]);
    const root = {
      contentId: 'r',
      contentType: 'text/xml',
      body: Buffer.from(envelope('<t:AskResponse><note>y</note></t:AskResponse>')),
    };
    const reply = writeMultipart([root, { contentId: 'photo=1@x', contentType: 'image/png', body: bytes }], {
      type: 'text/xml',
    });
    await expect(decodeReply(swa, reply.body, reply.contentType)).resolves.toMatchObject({
      body: { note: 'y', photo: base64 },
    });
  });
});
