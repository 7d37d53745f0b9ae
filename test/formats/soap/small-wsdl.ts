import { loadWsdl, type WsdlModel } from '../../../src/formats/wsdl/model.ts';
import type { SoapOperation } from '../../../src/formats/wsdl/operation.ts';

export interface SmallWsdl {
  /** What stands inside `xsd:schema`; its namespace is `urn:t`, prefix `t`. */
  schema: string;
  /** Parts of the messages, as attributes: `name="parameters" element="t:Ask"`. */
  input?: readonly string[];
  output?: readonly string[];
  fault?: readonly string[];
  header?: readonly string[];
  style?: 'document' | 'rpc';
  use?: 'literal' | 'encoded';
  version?: '1.1' | '1.2';
  schemaAttributes?: string;
}

/** A description of one operation, `Ask`, as text. */
export function wsdlText(options: SmallWsdl): string {
  const {
    style = 'document',
    use = 'literal',
    version = '1.1',
    schemaAttributes = 'elementFormDefault="qualified"',
  } = options;
  const soap =
    version === '1.1' ? 'http://schemas.xmlsoap.org/wsdl/soap/' : 'http://schemas.xmlsoap.org/wsdl/soap12/';
  const parts = (list: readonly string[]) => list.map((attributes) => `<part ${attributes}/>`).join('');
  const { input = ['name="parameters" element="t:Ask"'], output = ['name="parameters" element="t:Answer"'] } =
    options;
  const body = `<s:body use="${use}" namespace="urn:t"/>`;
  const headers = (options.header ?? [])
    .map((_, index) => `<s:header message="t:Header" part="h${index}" use="literal"/>`)
    .join('');
  const faults = (options.fault ?? [])
    .map((_, index) => `<fault name="f${index}" message="t:Fault${index}"/>`)
    .join('');
  return `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:t" xmlns:t="urn:t" xmlns:s="${soap}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
      xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
    <types><xsd:schema targetNamespace="urn:t" ${schemaAttributes}>${options.schema}</xsd:schema></types>
    <message name="In">${parts(input)}</message><message name="Out">${parts(output)}</message>
    <message name="Header">${parts((options.header ?? []).map((attributes, index) => `name="h${index}" ${attributes}`))}</message>
    ${(options.fault ?? []).map((attributes, index) => `<message name="Fault${index}"><part name="detail" ${attributes}/></message>`).join('')}
    <portType name="P"><operation name="Ask"><input message="t:In"/><output message="t:Out"/>${faults}</operation></portType>
    <binding name="B" type="t:P"><s:binding style="${style}" transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="Ask"><s:operation soapAction="urn:t#Ask"/><input>${headers}${body}</input><output>${headers}${body}</output></operation></binding>
    <service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1/ask"/></port></service>
  </definitions>`;
}

export async function smallModel(options: SmallWsdl): Promise<WsdlModel> {
  return loadWsdl('small.wsdl', () => wsdlText(options));
}

export async function smallOperation(options: SmallWsdl): Promise<SoapOperation> {
  return (await smallModel(options)).operation({ name: 'Ask' });
}

/** An envelope of SOAP 1.1 around a body, with the prefixes that tests use. */
export function envelope(
  body: string,
  header = '',
  namespace = 'http://schemas.xmlsoap.org/soap/envelope/',
): string {
  return (
    `<soap:Envelope xmlns:soap="${namespace}" xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">' +
    `${header === '' ? '' : `<soap:Header>${header}</soap:Header>`}<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

/** An answer with one element of this type, read. */
export async function readAs(type: string, content: string, attributes = ''): Promise<unknown> {
  const operation = await smallOperation({
    schema: `<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="${type}" nillable="true"/>`,
  });
  const answer = operation.decode(envelope(`<t:Answer ${attributes}>${content}</t:Answer>`));
  return answer.fault === undefined ? answer.body : answer.fault;
}
