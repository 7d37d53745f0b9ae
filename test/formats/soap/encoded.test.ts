import { describe, expect, it } from 'vitest';
import { envelope, smallOperation } from './small-wsdl.ts';

const SCHEMA = `<xsd:complexType name="Person"><xsd:sequence><xsd:element name="name" type="xsd:string"/><xsd:element name="age" type="xsd:int" nillable="true"/>
    <xsd:element name="friend" type="t:Person" minOccurs="0"/></xsd:sequence></xsd:complexType>
  <xsd:complexType name="Boss"><xsd:complexContent><xsd:extension base="t:Person"><xsd:sequence><xsd:element name="staff" type="xsd:int"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  <xsd:complexType name="People"><xsd:complexContent><xsd:restriction base="soapenc:Array"><xsd:attribute ref="soapenc:arrayType" wsdl:arrayType="t:Person[]"/></xsd:restriction></xsd:complexContent></xsd:complexType>
  <xsd:complexType name="Grid"><xsd:complexContent><xsd:restriction base="soapenc:Array"><xsd:attribute ref="soapenc:arrayType" wsdl:arrayType="xsd:int[][]"/></xsd:restriction></xsd:complexContent></xsd:complexType>`;

const operation = await smallOperation({
  schema: SCHEMA,
  schemaAttributes: '',
  style: 'rpc',
  use: 'encoded',
  input: ['name="people" type="t:People"', 'name="grid" type="t:Grid"', 'name="any" type="xsd:anyType"'],
  output: [
    'name="one" type="t:Person"',
    'name="people" type="t:People"',
    'name="any" type="xsd:anyType"',
    'name="text" type="xsd:string"',
    'name="grid" type="t:Grid"',
  ],
});

function read(parts: string, after = ''): unknown {
  const answer = operation.decode(envelope(`<t:AskResponse>${parts}</t:AskResponse>${after}`));
  return answer.fault ?? answer.body;
}

describe('rpc/encoded messages', () => {
  it('write xsi:type on every element and arrays with their type and size', () => {
    const xml = operation.encode({
      grid: [[1, 2], [3]],
      people: [
        { age: 3, name: 'A' },
        { $type: '{urn:t}Boss', name: 'B', age: null, staff: 2 },
      ],
      any: ['x', 1, true, null],
    });
    expect(xml.slice(xml.indexOf('<soap:Body>'))).toBe(
      '<soap:Body><ns1:Ask><people xsi:type="soapenc:Array" soapenc:arrayType="ns1:Person[2]">' +
        '<item xsi:type="ns1:Person"><name xsi:type="xsd:string">A</name><age xsi:type="xsd:int">3</age></item>' +
        '<item xsi:type="ns1:Boss"><name xsi:type="xsd:string">B</name><age xsi:nil="true"/><staff xsi:type="xsd:int">2</staff></item></people>' +
        '<grid xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[][2]"><item xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[2]">' +
        '<item xsi:type="xsd:int">1</item><item xsi:type="xsd:int">2</item></item><item xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[1]"><item xsi:type="xsd:int">3</item></item></grid>' +
        '<any xsi:type="soapenc:Array" soapenc:arrayType="xsd:anyType[4]"><item xsi:type="xsd:string">x</item><item xsi:type="xsd:int">1</item><item xsi:type="xsd:boolean">true</item><item xsi:nil="true"/></any>' +
        '</ns1:Ask></soap:Body></soap:Envelope>',
    );
  });

  it('read multiRef elements, however deep and however often referred to', () => {
    const after = `<multiRef id="id0" soapenc:root="0" xsi:type="p:Person" xmlns:p="urn:t"><name>A</name><age xsi:type="xsd:int">1</age><friend href="#id1"/></multiRef>
      <multiRef id="id1" soapenc:root="0"><name href="#id2"/><age xsi:nil="1"/></multiRef><multiRef id="id2" xsi:type="xsd:string">B</multiRef>`;
    expect(
      read(
        '<one href="#id0"/><people soapenc:arrayType="t:Person[2]"><Item href="#id1"/><Item href="#id1"/></people>',
        after,
      ),
    ).toEqual({
      one: { name: 'A', age: 1, friend: { name: 'B', age: null } },
      people: [
        { name: 'B', age: null },
        { name: 'B', age: null },
      ],
    });
  });

  it('find the message behind independent elements that say they are no root', () => {
    const answer = operation.decode(
      envelope(
        '<multiRef id="a" soapenc:root="0"><name>A</name></multiRef><t:AskResponse><one href="#a"/></t:AskResponse>',
      ),
    );
    expect(answer).toMatchObject({ body: { one: { name: 'A' } } });
  });

  it('refuse references that lead nowhere, in a circle, or to more than is sane', () => {
    expect(() => read('<one href="#nobody"/>')).toThrow(/no element has/);
    expect(() => read('<one href="#a"/>', '<m id="a"><name>A</name><friend href="#a"/></m>')).toThrow(
      /without end/,
    );
    const doubled = Array.from(
      { length: 40 },
      (_, level) =>
        `<m id="l${level}" soapenc:arrayType="xsd:anyType[2]"><i href="#l${level + 1}"/><i href="#l${level + 1}"/></m>`,
    );
    const started = performance.now();
    expect(() =>
      read('<any href="#l0"/>', `${doubled.join('')}<m id="l40" xsi:type="xsd:string">x</m>`),
    ).toThrow(/without end/);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(() => read('<one href="#a"/>', '<m id="a"/><m id="a"/>')).toThrow(/one id/);
  });

  it('read arrays with offset, positions and several dimensions, whatever their items are called', () => {
    const items = (attributes: string, inside: string) => read(`<any ${attributes}>${inside}</any>`);
    const int = (value: number, attributes = '') => `<x xsi:type="xsd:int" ${attributes}>${value}</x>`;
    expect(items('soapenc:arrayType="xsd:int[4]" soapenc:offset="[2]"', int(1) + int(2))).toEqual({
      any: [null, null, 1, 2],
    });
    expect(items('soapenc:arrayType="xsd:int[4]"', int(1, 'soapenc:position="[3]"'))).toEqual({
      any: [null, null, null, 1],
    });
    expect(items('soapenc:arrayType="xsd:int[2,2]"', int(1) + int(2) + int(3) + int(4))).toEqual({
      any: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(
      read(
        '<grid soapenc:arrayType="xsd:int[][1]"><i soapenc:arrayType="xsd:int[2]"><i>1</i><i>2</i></i></grid>',
      ),
    ).toEqual({ grid: [[1, 2]] });
    expect(() => items('soapenc:arrayType="xsd:int[1]"', int(1, 'soapenc:position="[99999999]"'))).toThrow(
      /too large/,
    );
  });

  it('read what says its own type: maps, derived types, and text that came as base64', () => {
    expect(
      read(
        `<any xsi:type="m:Map" xmlns:m="http://xml.apache.org/xml-soap"><item><key xsi:type="xsd:string">a</key><value xsi:type="xsd:double">1.5</value></item></any>`,
      ),
    ).toEqual({ any: { a: 1.5 } });
    expect(read('<one xsi:type="t:Boss"><name>A</name><staff>3</staff></one>')).toEqual({
      one: { $type: '{urn:t}Boss', name: 'A', staff: 3 },
    });
    expect(read('<any xsi:type="t:Person"><name>A</name></any>')).toEqual({
      any: { $type: '{urn:t}Person', name: 'A' },
    });
    expect(read('<any xsi:type="xsd:decimal">1.50</any>')).toEqual({
      any: { $type: '{http://www.w3.org/2001/XMLSchema}decimal', value: '1.50' },
    });
    expect(read('<text xsi:type="soapenc:base64">w6l0w6k=</text>')).toEqual({ text: 'été' });
    expect(read('<text xsi:type="xsd:base64Binary">w6l0w6k=</text>')).toEqual({ text: 'été' });
  });

  it('read accessors that a service leaves out as absent, and a wrapper of any name', () => {
    expect(operation.decode(envelope('<whatever><one><name>A</name></one></whatever>'))).toMatchObject({
      body: { one: { name: 'A' } },
    });
  });
});

describe('rpc/literal messages', () => {
  it('wrap their parts in the operation, without a namespace, in the order of the message', async () => {
    const literal = await smallOperation({
      schema: SCHEMA,
      schemaAttributes: '',
      style: 'rpc',
      input: ['name="b" type="xsd:string"', 'name="a" type="t:Person"'],
      output: ['name="result" type="t:Person"'],
    });
    expect(literal.encode({ a: { name: 'A', age: null }, b: 'x' })).toContain(
      '<soap:Body><ns1:Ask><b>x</b><a><name>A</name><age xsi:nil="true"/></a></ns1:Ask></soap:Body>',
    );
    expect(
      literal.decode(envelope('<t:AskResponse><result><name>A</name><age>1</age></result></t:AskResponse>')),
    ).toMatchObject({
      body: { result: { name: 'A', age: 1 } },
    });
    expect(() => literal.decode(envelope('<t:AskResponse/>'))).toThrow(/'result' is missing/);
  });
});
