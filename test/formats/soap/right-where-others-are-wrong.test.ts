import { describe, expect, it } from 'vitest';
import { encodeCall } from '../../../src/formats/wsdl/call.ts';
import { envelope, readAs, smallOperation } from './small-wsdl.ts';

const answering = (schema: string) =>
  smallOperation({ schema: `<xsd:element name="Ask" type="xsd:string"/>${schema}` });

describe('values that other clients get wrong', () => {
  it.each(['00123', '1e5', '1.10', ' padded ', 'true', '', '0x1F', '-0'])(
    'keeps %j as it is in an xsd:string',
    async (text) => {
      expect(await readAs('xsd:string', text)).toBe(text);
    },
  );

  it.each([
    ['xsd:long', '9223372036854775807', '9223372036854775807'],
    ['xsd:long', ' -9223372036854775808\n', '-9223372036854775808'],
    ['xsd:unsignedLong', '18446744073709551615', '18446744073709551615'],
    ['xsd:integer', '+00012345678901234567890', '12345678901234567890'],
    ['xsd:decimal', '0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
    ['xsd:decimal', '12.50', '12.50'],
    ['xsd:decimal', '-.50', '-0.50'],
    ['xsd:int', '-2147483648', -2147483648],
    ['xsd:boolean', '1', true],
    ['xsd:double', '1e5', 100_000],
    ['xsd:double', '-INF', '-INF'],
    ['xsd:float', 'NaN', 'NaN'],
    ['xsd:dateTime', '2026-02-28T24:00:00.000+14:00', '2026-02-28T24:00:00.000+14:00'],
    ['xsd:duration', 'P1Y2M3DT4H5M6.7S', 'P1Y2M3DT4H5M6.7S'],
    ['xsd:hexBinary', '48656C6c6f', 'SGVsbG8='],
    ['xsd:base64Binary', 'SGVs\n bG8=', 'SGVsbG8='],
    ['xsd:QName', 't:name', '{urn:t}name'],
    ['xsd:NMTOKENS', ' a  b ', ['a', 'b']],
  ])('reads %s %j as %j', async (type, text, value) => {
    expect(await readAs(type, text)).toEqual(value);
  });

  it.each([
    ['xsd:int', '2147483648'],
    ['xsd:int', '1.0'],
    ['xsd:int', ''],
    ['xsd:long', '9223372036854775808'],
    ['xsd:unsignedLong', '-1'],
    ['xsd:decimal', '1e5'],
    ['xsd:decimal', 'NaN'],
    ['xsd:boolean', 'True'],
    ['xsd:date', '2026-02-29'],
    ['xsd:dateTime', '2026-01-01'],
    ['xsd:time', '25:00:00'],
    ['xsd:base64Binary', 'abc'],
    ['xsd:hexBinary', 'abc'],
    ['xsd:QName', 'unknown:name'],
  ])('refuses %s %j as an answer, naming the place', async (type, text) => {
    await expect(readAs(type, text)).rejects.toMatchObject({
      name: 'FormatError',
      problem: 'invalid',
      place: /line 1, column/,
    });
  });

  it('keeps an attribute on an element of text', async () => {
    const operation =
      await answering(`<xsd:element name="Answer"><xsd:complexType><xsd:simpleContent><xsd:extension base="xsd:decimal">
      <xsd:attribute name="currency" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType></xsd:element>`);
    expect(operation.decode(envelope('<t:Answer currency="EUR">12.50</t:Answer>'))).toMatchObject({
      body: { value: '12.50', currency: 'EUR' },
    });
  });

  it('reads xsi:nil as null and tells it from absent and from empty', async () => {
    const operation = await answering(`<xsd:element name="Answer"><xsd:complexType><xsd:sequence>
      <xsd:element name="a" type="xsd:string" nillable="true" minOccurs="0"/><xsd:element name="b" type="xsd:string" nillable="true" minOccurs="0"/>
      <xsd:element name="c" type="xsd:string" nillable="true" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>`);
    const body = '<t:Answer><t:a xsi:nil="true"/><t:b></t:b></t:Answer>';
    expect(operation.decode(envelope(body))).toMatchObject({ body: { a: null, b: '' } });
    expect(Object.keys((operation.decode(envelope(body)) as { body: object }).body)).toEqual(['a', 'b']);
  });

  it('sends SOAP 1.2 with its media type and action, and SOAP 1.1 with its own', async () => {
    const schema =
      '<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="xsd:string"/>';
    const new12 = encodeCall(await smallOperation({ schema, version: '1.2' }), 'x');
    expect(new12.headers).toEqual({
      'content-type': 'application/soap+xml; charset=utf-8; action="urn:t#Ask"',
    });
    expect(new12.body).toContain('http://www.w3.org/2003/05/soap-envelope');
    const old11 = encodeCall(await smallOperation({ schema }), 'x');
    expect(old11.headers).toEqual({ 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:t#Ask"' });
  });

  it('sends elements in the schema order, dates as their text, and refuses two branches of a choice', async () => {
    const operation = await smallOperation({
      schema: `<xsd:element name="Ask"><xsd:complexType><xsd:sequence><xsd:element name="first" type="xsd:long"/><xsd:element name="when" type="xsd:dateTime"/>
        <xsd:choice><xsd:element name="left" type="xsd:int"/><xsd:element name="right" type="xsd:int"/></xsd:choice></xsd:sequence></xsd:complexType></xsd:element>
        <xsd:element name="Answer" type="xsd:string"/>`,
    });
    const xml = operation.encode({ right: 2, when: '2026-01-01T00:00:00Z', first: '9007199254740993' });
    expect(xml).toMatch(/first>9007199254740993<.*when>2026-01-01T00:00:00Z<.*right>2</);
    const both = { left: 1, right: 2, when: '2026-01-01T00:00:00Z', first: 1 };
    expect(() => operation.encode(both)).toThrow(
      expect.objectContaining({ problem: 'badInput', place: 'Ask/right' }),
    );
    expect(() => operation.encode({ when: '2026-01-01T00:00:00Z', first: 1 })).toThrow(
      /One of left, right is required/,
    );
  });
});
