import { describe, expect, it } from 'vitest';
import { encodeCall } from '../../../src/formats/wsdl/call.ts';
import { describeTypes } from '../../../src/formats/wsdl/describe.ts';
import { loadWsdl } from '../../../src/formats/wsdl/model.ts';
import { envelope, smallModel, smallOperation, wsdlText } from '../soap/small-wsdl.ts';

const TEXT = '<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="xsd:string"/>';
const reader = (documents: Readonly<Record<string, string>>) => (location: string) => {
  const text = documents[location];
  if (text === undefined) throw new Error(`No ${location}`);
  return text;
};

describe('descriptions', () => {
  it('of several documents are put together by relative paths and URLs, and nothing else is asked for', async () => {
    const asked: string[] = [];
    const documents: Record<string, string> = {
      'http://host/a/main.wsdl': `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:main" xmlns:t="urn:t" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/">
        <import namespace="urn:t" location="../b/types.wsdl"/><service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1/x"/></port></service></definitions>`,
      'http://host/b/types.wsdl': wsdlText({
        schema: `<xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/" schemaLocation="http://schemas.xmlsoap.org/soap/encoding/"/>
          <xsd:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/><xsd:include schemaLocation="deep/more.xsd"/>`,
      }).replace(/<service[\s\S]*<\/service>/, ''),
      'http://host/b/deep/more.xsd': `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">${TEXT.replace('type="xsd:string"/><', '><xsd:complexType><xsd:attribute ref="xml:lang"/></xsd:complexType></xsd:element><')}</xsd:schema>`,
    };
    const model = await loadWsdl('http://host/a/main.wsdl', (location) => {
      asked.push(location);
      return reader(documents)(location);
    });
    expect(asked).toEqual(Object.keys(documents));
    expect(model.operation({ name: 'Ask' }).encode({ lang: 'en' })).toContain('<ns1:Ask xml:lang="en"/>');
    expect(model.warnings).toEqual([]);
  });

  it('with several services, ports and versions are told apart by their names', async () => {
    const text = wsdlText({ schema: TEXT });
    const second = wsdlText({ schema: TEXT, version: '1.2' });
    const binding12 = /<binding[\s\S]*<\/binding>/
      .exec(second)![0]
      .replace('name="B"', 'name="B12" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap12/"');
    const service =
      '<service name="S2"><port name="P1" binding="t:B"><s:address location="http://one"/></port><port name="P2" binding="t:B12"><x:address xmlns:x="http://schemas.xmlsoap.org/wsdl/soap12/" location="http://two"/></port><port name="Get" binding="t:Http"/></service>';
    const http =
      '<binding name="Http" type="t:P"><h:binding xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" verb="GET"/></binding>';
    const model = await loadWsdl('x.wsdl', () =>
      text
        .replace('<service', `${binding12}${http}<service`)
        .replace('</definitions>', `${service}</definitions>`),
    );
    expect(
      model.operations.map(({ service: name, port, soapVersion, address }) => [
        name,
        port,
        soapVersion,
        address,
      ]),
    ).toEqual([
      ['S', 'P', '1.1', 'http://127.0.0.1/ask'],
      ['S2', 'P1', '1.1', 'http://one'],
      ['S2', 'P2', '1.2', 'http://two'],
    ]);
    expect(model.operation({ name: 'Ask', soapVersion: '1.2' }).address).toBe('http://two');
    expect(model.operation({ name: 'Ask', service: 'S2' }).address).toBe('http://one');
    expect(() => model.operation({ name: 'Asq' })).toThrow(/no such operation as Asq; it has Ask/);
  });

  it('with overloads want to know which', async () => {
    const text = wsdlText({
      schema: TEXT,
      style: 'rpc',
      input: ['name="a" type="xsd:string"'],
      output: ['name="r" type="xsd:string"'],
    });
    const more = text
      .replace(
        '<message name="Out">',
        '<message name="In2"><part name="b" type="xsd:int"/></message><message name="Out">',
      )
      .replace(
        /<operation name="Ask"><input message="t:In"\/>(.*?)<\/operation>/,
        '<operation name="Ask"><input name="one" message="t:In"/>$1</operation><operation name="Ask"><input name="two" message="t:In2"/>$1</operation>',
      )
      .replace(
        /(<operation name="Ask"><s:operation.*?)<input>(.*?)<\/operation>/s,
        '$1<input name="one">$2</operation>$1<input name="two">$2</operation>',
      );
    const model = await loadWsdl('x.wsdl', () => more);
    expect(() => model.operation({ name: 'Ask' })).toThrow(/say which input \(one, two\)/);
    expect(model.operation({ name: 'Ask', input: 'two' }).encode({ b: 1 })).toContain('<b>1</b>');
    expect(model.operation({ name: 'Ask', input: 'one' }).encode({ a: 'x' })).toContain('<a>x</a>');
  });

  it('have parts of any name, of a type instead of an element, several in a body, and none', async () => {
    const named = await smallOperation({ schema: TEXT, input: ['name="whatever" element="t:Ask"'] });
    expect(named.encode('x')).toContain('<soap:Body><ns1:Ask>x</ns1:Ask></soap:Body>');
    const schema = `${TEXT}<xsd:complexType name="T"><xsd:sequence><xsd:element name="a" type="xsd:int"/></xsd:sequence></xsd:complexType>`;
    const typed = await smallOperation({
      schema,
      input: ['name="body" type="t:T"'],
      output: ['name="body" type="t:T"'],
    });
    expect(typed.encode({ a: 1 })).toContain('<soap:Body><ns1:a>1</ns1:a></soap:Body>');
    expect(typed.decode(envelope('<t:a>2</t:a>'))).toMatchObject({ body: { a: 2 } });
    const several = await smallOperation({
      schema,
      input: ['name="x" element="t:Ask"', 'name="y" element="t:Answer"'],
      output: [],
    });
    expect(several.encode({ Answer: 'y', Ask: 'x' })).toContain(
      '<soap:Body><ns1:Ask>x</ns1:Ask><ns1:Answer>y</ns1:Answer></soap:Body>',
    );
    expect(several.decode(envelope(''))).toMatchObject({ body: {} });
  });

  it('of one-way operations expect no answer', async () => {
    const text = wsdlText({ schema: TEXT }).replace('<output message="t:Out"/>', '');
    const operation = (await loadWsdl('x.wsdl', () => text)).operation({ name: 'Ask' });
    expect(operation.oneWay).toBe(true);
    expect(operation.decode(envelope(''))).toEqual({ body: null, headers: {} });
  });

  it('take the wsa:Action that the input says', async () => {
    const text = wsdlText({ schema: TEXT }).replace(
      '<input message="t:In"/>',
      '<input message="t:In" wsam:Action="urn:act" xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata"/>',
    );
    const operation = (await loadWsdl('x.wsdl', () => text)).operation({ name: 'Ask' });
    expect(String(encodeCall(operation, 'x', { addressing: {} }).body)).toContain(
      '<wsa:Action>urn:act</wsa:Action>',
    );
  });

  it.each([
    ['what cannot be read', {}, /x\.wsdl cannot be read/],
    ['what is no XML', { 'x.wsdl': '{"swagger": "2.0"}' }, /x\.wsdl: Invalid XML/],
    ['what is no WSDL', { 'x.wsdl': '<html/>' }, /is no WSDL/],
    ['a document type', { 'x.wsdl': '<!DOCTYPE a><a/>' }, /DOCTYPE/],
  ])('refuse %s, naming the document', async (_, documents, message) => {
    await expect(loadWsdl('x.wsdl', reader(documents))).rejects.toMatchObject({
      problem: 'badDescription',
      message: expect.stringMatching(message),
    });
  });

  it('warn, and go on, when what they refer to is not there', async () => {
    const model = await smallModel({
      schema:
        '<xsd:import namespace="urn:gone" schemaLocation="gone.xsd"/><xsd:element name="Ask" type="t:Gone"/>',
    });
    const operation = model.operation({ name: 'Ask' });
    expect(operation.encode({ xml: '<a/>' })).toContain('<ns1:Ask><a></a></ns1:Ask>');
    expect(operation.decode(envelope('<t:Answer><t:x>1</t:x></t:Answer>'))).toMatchObject({
      body: { xml: '<t:x xmlns:t="urn:t">1</t:x>' },
    });
    expect(model.warnings.join('\n')).toMatch(/Gone is not defined[\s\S]*Answer, which is not defined/);
  });
});

describe('the types of an operation, printed', () => {
  it('have an interface for each complex type, unions for enumerations, and tell input from output', async () => {
    const operation = await smallOperation({
      schema: `<xsd:simpleType name="Colour"><xsd:restriction base="xsd:string"><xsd:enumeration value="red"/><xsd:enumeration value="it's"/></xsd:restriction></xsd:simpleType>
        <xsd:complexType name="Node"><xsd:sequence><xsd:element name="colour" type="t:Colour"/><xsd:element name="child-node" type="t:Node" minOccurs="0" maxOccurs="9"/></xsd:sequence>
          <xsd:attribute name="size" type="xsd:long" use="required"/></xsd:complexType>
        <xsd:element name="Ask" type="t:Node"/><xsd:element name="Answer"><xsd:complexType><xsd:sequence><xsd:element name="node" type="t:Node" nillable="true"/><xsd:any minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>`,
    });
    const types = describeTypes(operation, new Set(['Node']));
    expect([types.input, types.output]).toEqual(['NodeInput', 'Answer']);
    expect(types.declarations).toBe(`export interface Answer {
  node: Node2 | null;
  any?: { name?: string; xml: string }[];
}

export interface Node2 {
  size: string;
  colour: 'red' | 'it\\'s';
  'child-node': Node2[];
}

export interface NodeInput {
  size: string;
  colour: 'red' | 'it\\'s';
  'child-node'?: NodeInput[];
}`);
  });

  it('have a union of the derived types where only those can stand', async () => {
    const operation = await smallOperation({
      schema: `<xsd:complexType name="Shape" abstract="true"><xsd:sequence><xsd:element name="name" type="xsd:string"/></xsd:sequence></xsd:complexType>
        ${['Circle', 'Square'].map((name) => `<xsd:complexType name="${name}"><xsd:complexContent><xsd:extension base="t:Shape"><xsd:sequence><xsd:element name="size" type="xsd:int"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>`).join('')}
        <xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer"><xsd:complexType><xsd:sequence><xsd:element name="shape" type="t:Shape" maxOccurs="9"/></xsd:sequence></xsd:complexType></xsd:element>`,
    });
    const { declarations } = describeTypes(operation);
    expect(declarations).toContain('shape: (Circle | Square)[];');
    expect(declarations).toContain(
      "export interface Circle {\n  $type?: '{urn:t}Circle';\n  name: string;\n  size: number;\n}",
    );
  });
});
