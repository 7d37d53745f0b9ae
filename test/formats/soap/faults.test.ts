import { describe, expect, it } from 'vitest';
import { envelope, smallOperation } from './small-wsdl.ts';

const SCHEMA = `<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="xsd:string"/>
  <xsd:element name="Refusal"><xsd:complexType><xsd:sequence><xsd:element name="limit" type="xsd:long"/><xsd:element name="note" type="xsd:string" nillable="true"/>
  </xsd:sequence><xsd:attribute name="code" type="xsd:int"/></xsd:complexType></xsd:element>`;
const operation = await smallOperation({ schema: SCHEMA, fault: ['element="t:Refusal"'] });
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';

function faultOf(body: string, namespace?: string) {
  const answer = operation.decode(envelope(body, '', namespace));
  if (answer.fault === undefined) throw new Error('No fault');
  return answer.fault;
}

describe('faults', () => {
  it('of SOAP 1.1 give code, text, actor and the typed detail, whatever the HTTP status was', () => {
    const body = `<soap:Fault><faultcode>soap:Client.Limit</faultcode><faultstring>Too &lt;much&gt;</faultstring><faultactor>urn:me</faultactor>
      <detail><t:Refusal code="7"><t:limit>9007199254740993</t:limit><t:note xsi:nil="true"/></t:Refusal></detail></soap:Fault>`;
    expect(faultOf(body)).toEqual({
      version: '1.1',
      code: 'Client.Limit',
      subcodes: [],
      reason: 'Too <much>',
      actor: 'urn:me',
      detail: { Refusal: { code: 7, limit: '9007199254740993', note: null } },
    });
  });

  it('of SOAP 1.2 give code, subcodes, the English text, role and the typed detail', () => {
    const body = `<!-- first --><soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value><soap:Subcode><soap:Value xmlns:m="urn:m">m:Limit</soap:Value>
      <soap:Subcode><soap:Value>t:Hard</soap:Value></soap:Subcode></soap:Subcode></soap:Code>
      <soap:Reason><soap:Text xml:lang="de">Zu viel</soap:Text><soap:Text xml:lang="en-US">Too much</soap:Text></soap:Reason><soap:Node>urn:n</soap:Node>
      <soap:Role>urn:me</soap:Role><soap:Detail><t:Refusal><t:limit>1</t:limit><t:note>x</t:note></t:Refusal></soap:Detail></soap:Fault>`;
    expect(faultOf(body, SOAP12)).toEqual({
      version: '1.2',
      code: 'Sender',
      subcodes: ['{urn:m}Limit', '{urn:t}Hard'],
      reason: 'Too much',
      actor: 'urn:me',
      detail: { Refusal: { limit: '1', note: 'x' } },
    });
  });

  it('keep details that nothing declares as XML that stands on its own, and bare text', () => {
    const { detail } = faultOf(
      '<soap:Fault><faultcode>x</faultcode><faultstring/><detail>why <t:Other a="1">x</t:Other></detail></soap:Fault>',
    );
    expect(detail).toEqual({
      text: 'why',
      any: [{ name: '{urn:t}Other', xml: '<t:Other xmlns:t="urn:t" a="1">x</t:Other>' }],
    });
  });

  it('are told even when their detail is not what the description says', () => {
    const { detail, code } = faultOf(
      '<soap:Fault><faultcode>Server</faultcode><faultstring/><detail><t:Refusal><t:limit>lots</t:limit></t:Refusal></detail></soap:Fault>',
    );
    expect(code).toBe('Server');
    expect(detail).toMatchObject({ any: [{ name: '{urn:t}Refusal' }] });
  });

  it("read PHP's detail, an encoded map", () => {
    const { detail } =
      faultOf(`<soap:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>x</faultstring><detail xsi:type="ns2:Map" xmlns:ns2="http://xml.apache.org/xml-soap">
      <item><key xsi:type="xsd:string">limit</key><value xsi:type="xsd:int">5</value></item>
      <item><key xsi:type="xsd:string">__proto__</key><value xsi:type="xsd:string">x</value></item></detail></soap:Fault>`);
    expect(detail).toMatchObject({ limit: 5 });
    expect(Object.getPrototypeOf(detail)).toBe(Object.prototype);
  });

  it('are faults only in the namespace of their envelope', async () => {
    expect(() => operation.decode(envelope('<Fault><faultcode>x</faultcode></Fault>'))).toThrow(
      /'Answer' is expected/,
    );
  });

  it.each([
    ['a cut fault', '<soap:Fault><faultcode>x</faultcode>'],
    ['an answer in the wrong namespace', '<Answer xmlns="urn:other">x</Answer>'],
    ['an empty body', ''],
    ['another element', '<t:Other/>'],
  ])('are no excuse for %s', (_, body) => {
    expect(() => operation.decode(envelope(body))).toThrow(
      expect.objectContaining({ name: 'FormatError', problem: 'invalid' }),
    );
  });

  it.each([
    ['no envelope', '<html><body>Bad gateway</body></html>'],
    ['an envelope in no known namespace', '<Envelope xmlns="urn:x"><Body/></Envelope>'],
    ['an envelope without a body', '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>'],
    ['plain text', '404 page not found'],
    ['JSON', '{"fault": true}'],
    ['nothing', ''],
  ])('nor for %s', (_, xml) => {
    expect(() => operation.decode(xml)).toThrow(
      expect.objectContaining({ name: 'FormatError', problem: 'invalid' }),
    );
  });
});

describe('headers', () => {
  const withHeaders = smallOperation({
    schema: `${SCHEMA}<xsd:element name="Session"><xsd:complexType><xsd:sequence><xsd:element name="id" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>`,
    header: ['element="t:Session"'],
  });

  it('are written and read by their element names, and unknown ones are refused', async () => {
    const bound = await withHeaders;
    const xml = bound.encode('x', { headers: { Session: { id: '00123' } } });
    expect(xml).toMatch(
      /<soap:Header><ns\d:Session><ns\d:id>00123<\/ns\d:id><\/ns\d:Session><\/soap:Header><soap:Body>/,
    );
    expect(() => bound.encode('x', { headers: { Other: 1 } })).toThrow(
      expect.objectContaining({ problem: 'badInput', place: 'headers/Other' }),
    );
    const answer = bound.decode(
      envelope('<t:Answer>y</t:Answer>', '<t:Session><t:id>1</t:id></t:Session><t:Extra/>'),
    );
    expect(answer).toEqual({ body: 'y', headers: { Session: { id: '1' } } });
  });

  it('beside a fault are passed over, unless they must be understood', async () => {
    const bound = await withHeaders;
    const fault = '<soap:Fault><faultcode>soap:Client</faultcode><faultstring>no</faultstring></soap:Fault>';
    const answer = bound.decode(envelope(fault, '<t:Session><t:id>1</t:id></t:Session><t:Why>x</t:Why>'));
    expect(answer).toEqual({ fault: expect.objectContaining({ code: 'Client' }) });
    expect(() => bound.decode(envelope(fault, '<t:Why soap:mustUnderstand="1"/>'))).toThrow(
      /must be understood/,
    );
  });

  it('that must be understood and are not are refused, unless they are for somebody else', async () => {
    const bound = await withHeaders;
    const read = (attributes: string) =>
      bound.decode(envelope('<t:Answer>y</t:Answer>', `<t:Extra ${attributes}/>`));
    expect(() => read('soap:mustUnderstand="1"')).toThrow(/must be understood/);
    expect(() =>
      read('soap:mustUnderstand="1" soap:actor="http://schemas.xmlsoap.org/soap/actor/next"'),
    ).toThrow(/must be understood/);
    expect(read('soap:mustUnderstand="0"')).toMatchObject({ body: 'y' });
    expect(read('soap:mustUnderstand="1" soap:actor="urn:somebody"')).toMatchObject({ body: 'y' });
  });
});
