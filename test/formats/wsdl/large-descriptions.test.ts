import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { loadWsdl } from '../../../src/formats/wsdl/model.ts';

const OPERATIONS = 1_500;

/** About 4 MB: each operation has two messages of a type of its own and two that others share. */
function largeWsdl(): string {
  const numbers = Array.from({ length: OPERATIONS }, (_, index) => index);
  const note =
    'What this type is for, in a sentence or two, as generated descriptions have it on every field. '.repeat(
      4,
    );
  const field = (name: string, type: string) =>
    `<xsd:element name="${name}" type="${type}" minOccurs="0" nillable="true"><xsd:annotation><xsd:documentation>${note}</xsd:documentation></xsd:annotation></xsd:element>`;
  const types = numbers.map(
    (
      n,
    ) => `<xsd:complexType name="Record${n}"><xsd:sequence>${field('id', 'xsd:long')}${field('name', 'xsd:string')}${field('amount', 'xsd:decimal')}${field('next', `t:Record${n % 7 === 0 ? n : n - (n % 7)}`)}</xsd:sequence></xsd:complexType>
      <xsd:element name="Do${n}"><xsd:complexType><xsd:sequence><xsd:element name="record" type="t:Record${n}"/></xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="Do${n}Response"><xsd:complexType><xsd:sequence><xsd:element name="record" type="t:Record${n}" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType></xsd:element>`,
  );
  const messages = numbers.map(
    (n) =>
      `<message name="In${n}"><part name="parameters" element="t:Do${n}"/></message><message name="Out${n}"><part name="parameters" element="t:Do${n}Response"/></message>`,
  );
  const port = numbers.map(
    (n) => `<operation name="Do${n}"><input message="t:In${n}"/><output message="t:Out${n}"/></operation>`,
  );
  const binding = numbers.map(
    (n) =>
      `<operation name="Do${n}"><s:operation soapAction="urn:t#Do${n}"/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>`,
  );
  return `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:t" xmlns:t="urn:t" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
    <types><xsd:schema targetNamespace="urn:t" elementFormDefault="qualified">${types.join('\n')}</xsd:schema></types>${messages.join('\n')}
    <portType name="P">${port.join('\n')}</portType><binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>${binding.join('\n')}</binding>
    <service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1/"/></port></service></definitions>`;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMegabytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}

describe('a description of 4 MB and 1,500 operations', () => {
  it('loads in under 3 s and leaves under 100 MB, and much less once one operation is bound and the rest let go', async () => {
    const text = largeWsdl();
    expect(text.length).toBeGreaterThan(4e6);
    const before = heapMegabytes();
    const { operation, loadMs, withModel } = await bindOne(text, before);
    // The description was held by nothing but that call.
    await new Promise((resolve) => setImmediate(resolve));
    const withoutModel = heapMegabytes() - before;
    console.log(
      `${(text.length / 1e6).toFixed(1)} MB of WSDL: ${loadMs.toFixed(0)} ms, ${withModel.toFixed(1)} MB with the description, ${withoutModel.toFixed(1)} MB with one operation`,
    );
    expect(operation.encode({ record: { id: 1, next: { id: 2 } } })).toContain('>2<');
    expect(loadMs).toBeLessThan(3_000);
    expect(withModel).toBeLessThan(100);
    expect(withoutModel).toBeLessThan(10);
  });
});

async function bindOne(text: string, before: number) {
  const started = performance.now();
  const model = await loadWsdl('large.wsdl', () => text);
  const operation = model.operation({ name: 'Do1499' });
  const loadMs = performance.now() - started;
  const withModel = heapMegabytes() - before;
  const count = model.operations.length;
  expect(count).toBe(OPERATIONS);
  return { operation, loadMs, withModel };
}
