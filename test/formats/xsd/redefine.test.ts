import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import { elementCodec, schemaText } from './schema.ts';

const open = '<t:root xmlns:t="urn:t"';

const common = schemaText(`
  <xsd:complexType name="Person"><xsd:sequence><xsd:element name="name" type="xsd:string"/></xsd:sequence><xsd:attribute name="id" type="xsd:int"/></xsd:complexType>
  <xsd:complexType name="Driver"><xsd:complexContent><xsd:extension base="t:Person"><xsd:sequence><xsd:element name="licence" type="t:Code"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  <xsd:simpleType name="Code"><xsd:restriction base="xsd:string"><xsd:maxLength value="5"/></xsd:restriction></xsd:simpleType>
  <xsd:group name="Place"><xsd:sequence><xsd:element name="city" type="xsd:string"/></xsd:sequence></xsd:group>
  <xsd:attributeGroup name="Marks"><xsd:attribute name="old" type="xsd:int"/></xsd:attributeGroup>
  <xsd:complexType name="Trip"><xsd:sequence><xsd:group ref="t:Place"/></xsd:sequence><xsd:attributeGroup ref="t:Marks"/></xsd:complexType>`);

const longerPerson =
  '<xsd:complexType name="Person"><xsd:complexContent><xsd:extension base="t:Person"><xsd:sequence><xsd:element name="town" type="xsd:string"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>';

function codecOf(redefinitions: string, type: string, more = '', documents: Record<string, string> = {}) {
  return elementCodec(
    schemaText(
      `<xsd:redefine schemaLocation="common.xsd">${redefinitions}</xsd:redefine>${more}<xsd:element name="root" type="t:${type}"/>`,
    ),
    '{urn:t}root',
    { 'common.xsd': common, ...documents },
  );
}

describe('What a schema redefines', () => {
  it('is a complex type that extends its first definition, and every type derived from it follows', async () => {
    const person = await codecOf(longerPerson, 'Person');
    expect(person.warnings).toEqual([]);
    const xml = person.write({ id: 7, name: 'Ada', town: 'Porto' });
    expect(xml).toBe(`${open} id="7"><t:name>Ada</t:name><t:town>Porto</t:town></t:root>`);
    expect(person.read(xml)).toEqual({ id: 7, name: 'Ada', town: 'Porto' });
    const driver = await codecOf(longerPerson, 'Driver');
    expect(driver.write({ name: 'Ada', town: 'Porto', licence: 'A1' })).toBe(
      `${open}><t:name>Ada</t:name><t:town>Porto</t:town><t:licence>A1</t:licence></t:root>`,
    );
  });

  it('is a simple type that narrows its first definition: the facets of both hold', async () => {
    const codec = await codecOf(
      '<xsd:simpleType name="Code"><xsd:restriction base="t:Code"><xsd:minLength value="2"/></xsd:restriction></xsd:simpleType>',
      'Code',
    );
    expect(codec.warnings).toEqual([]);
    expect(codec.read(codec.write('abc'))).toBe('abc');
    for (const text of ['a', 'abcdef']) expect(() => codec.write(text)).toThrow(FormatError);
  });

  it('is a group that holds its first definition, and an attribute group that does', async () => {
    const codec = await codecOf(
      `<xsd:group name="Place"><xsd:sequence><xsd:group ref="t:Place"/><xsd:element name="street" type="xsd:string"/></xsd:sequence></xsd:group>
       <xsd:attributeGroup name="Marks"><xsd:attributeGroup ref="t:Marks"/><xsd:attribute name="new" type="xsd:int"/></xsd:attributeGroup>`,
      'Trip',
    );
    expect(codec.warnings).toEqual([]);
    const value = { old: 1, new: 2, city: 'Porto', street: 'Rua' };
    expect(codec.read(codec.write(value))).toEqual(value);
    expect(codec.write(value)).toBe(
      `${open} old="1" new="2"><t:city>Porto</t:city><t:street>Rua</t:street></t:root>`,
    );
  });

  it('is a group that takes the place of its first definition where it does not hold it', async () => {
    const codec = await codecOf(
      '<xsd:group name="Place"><xsd:sequence><xsd:element name="zip" type="xsd:string"/></xsd:sequence></xsd:group>',
      'Trip',
    );
    expect(codec.write({ zip: '4000' })).toBe(`${open}><t:zip>4000</t:zip></t:root>`);
  });

  it('may itself have been redefined, and may stand in a document that the redefined one includes', async () => {
    const codec = await elementCodec(
      schemaText(
        `<xsd:redefine schemaLocation="middle.xsd"><xsd:complexType name="Person"><xsd:complexContent><xsd:extension base="t:Person"><xsd:sequence><xsd:element name="mail" type="xsd:string"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType></xsd:redefine><xsd:element name="root" type="t:Person"/>`,
      ),
      '{urn:t}root',
      {
        'middle.xsd': schemaText(`<xsd:redefine schemaLocation="outer.xsd">${longerPerson}</xsd:redefine>`),
        'outer.xsd': schemaText('<xsd:include schemaLocation="common.xsd"/>'),
        'common.xsd': common,
      },
    );
    expect(codec.warnings).toEqual([]);
    expect(codec.write({ name: 'Ada', town: 'Porto', mail: 'a@b' })).toBe(
      `${open}><t:name>Ada</t:name><t:town>Porto</t:town><t:mail>a@b</t:mail></t:root>`,
    );
  });

  it('stays redefined when another document brings the first definition again, and may hold itself', async () => {
    const recursive =
      '<xsd:complexType name="Person"><xsd:complexContent><xsd:extension base="t:Person"><xsd:sequence><xsd:element name="boss" type="t:Person" minOccurs="0"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>';
    const codec = await codecOf(recursive, 'Person', '<xsd:include schemaLocation="other.xsd"/>', {
      'other.xsd': schemaText('<xsd:include schemaLocation="./common.xsd"/>'),
      './common.xsd': common,
    });
    const value = { name: 'Ada', boss: { name: 'Bo', boss: { name: 'Cy' } } };
    expect(codec.read(codec.write(value))).toEqual(value);
  });

  it('is taken for a definition, with a warning, where there was none', async () => {
    const codec = await codecOf(
      '<xsd:simpleType name="Colour"><xsd:restriction base="xsd:string"/></xsd:simpleType>',
      'Colour',
    );
    expect(codec.read(codec.write('red'))).toBe('red');
    expect(codec.warnings).toEqual([expect.stringContaining('xsd:redefine of {urn:t}Colour')]);
  });
});
