import { describe, expect, it } from 'vitest';
import { elementCodec, rootCodec, schemaText } from './schema.ts';

const root = (inside: string, more = '') =>
  rootCodec(`<xsd:element name="root"><xsd:complexType>${inside}</xsd:complexType></xsd:element>${more}`);
const open = '<t:root xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const badInput = (place: string) =>
  expect.objectContaining({ name: 'FormatError', problem: 'badInput', place });

describe('content models', () => {
  it('put elements in the schema order and give repeated ones as lists, even of one and of none', async () => {
    const codec = await root(
      '<xsd:sequence><xsd:element name="a" type="xsd:int" minOccurs="0" maxOccurs="unbounded"/><xsd:element name="b" type="xsd:string"/></xsd:sequence>',
    );
    expect(codec.write({ b: 'x', a: [1, 2] })).toBe(
      '<t:root xmlns:t="urn:t"><t:a>1</t:a><t:a>2</t:a><t:b>x</t:b></t:root>',
    );
    expect(codec.read(`${open}><t:a>1</t:a><t:b>x</t:b></t:root>`)).toEqual({ a: [1], b: 'x' });
    expect(codec.read(`${open}><t:b>x</t:b></t:root>`)).toEqual({ a: [], b: 'x' });
  });

  it('name the place of what is missing, unknown, too much or of another type', async () => {
    const codec =
      await root(`<xsd:sequence><xsd:element name="item" maxOccurs="2"><xsd:complexType><xsd:sequence>
      <xsd:element name="n" type="xsd:int"/></xsd:sequence></xsd:complexType></xsd:element></xsd:sequence>`);
    expect(() => codec.write({ item: [{ n: 1 }, {}] })).toThrow(badInput('root/item[1]/n'));
    expect(() => codec.write({ item: [{ n: 1, colour: 'red' }] })).toThrow(badInput('root/item[0]/colour'));
    expect(() => codec.write({ item: [{ n: 1 }, { n: 1 }, { n: 1 }] })).toThrow(badInput('root/item[2]'));
    expect(() => codec.write({ item: [{ n: 'x' }] })).toThrow(badInput('root/item[0]/n'));
    expect(() => codec.write({ item: [3] })).toThrow(badInput('root/item[0]'));
    expect(() => codec.write({})).toThrow(badInput('root/item'));
    expect(() => codec.read(`${open}><t:item/></t:root>`)).toThrow(/'n' is missing in 'item'/);
    expect(() => codec.read(`${open}><t:item><t:n>1</t:n><t:n>2</t:n></t:item></t:root>`)).toThrow(
      /more often than once/,
    );
  });

  it('write a repeated choice and a repeated sequence from the lists of their properties', async () => {
    const codec =
      await root(`<xsd:sequence><xsd:choice maxOccurs="unbounded"><xsd:element name="a" type="xsd:int"/><xsd:element name="b" type="xsd:int"/></xsd:choice>
      <xsd:sequence minOccurs="0" maxOccurs="3"><xsd:element name="c" type="xsd:int"/><xsd:element name="d" type="xsd:int"/></xsd:sequence></xsd:sequence>`);
    expect(codec.write({ c: [1, 2], d: [3, 4], a: [5], b: [6, 7] })).toBe(
      '<t:root xmlns:t="urn:t"><t:a>5</t:a><t:b>6</t:b><t:b>7</t:b><t:c>1</t:c><t:d>3</t:d><t:c>2</t:c><t:d>4</t:d></t:root>',
    );
    expect(() => codec.write({ a: [1], c: [1, 2], d: [3] })).toThrow(badInput('root/d'));
  });

  it('take xsd:all in any order, groups by reference, and nested optional choices', async () => {
    const codec = await root(
      '<xsd:all><xsd:element name="a" type="xsd:int"/><xsd:element name="b" type="xsd:int" minOccurs="0"/></xsd:all>',
    );
    expect(codec.read(`${open}><t:b>2</t:b><t:a>1</t:a></t:root>`)).toEqual({ a: 1, b: 2 });
    const grouped = await root(
      '<xsd:sequence><xsd:group ref="t:G" minOccurs="0"/><xsd:element name="z" type="xsd:int"/></xsd:sequence>',
      '<xsd:group name="G"><xsd:choice><xsd:element name="a" type="xsd:int"/><xsd:sequence><xsd:element name="b" type="xsd:int"/><xsd:element name="c" type="xsd:int"/></xsd:sequence></xsd:choice></xsd:group>',
    );
    expect(grouped.write({ z: 1 })).toContain('<t:z>1</t:z>');
    expect(grouped.write({ z: 1, c: 3, b: 2 })).toContain('<t:b>2</t:b><t:c>3</t:c><t:z>1</t:z>');
    expect(() => grouped.write({ z: 1, b: 2 })).toThrow(badInput('root/c'));
    expect(() => grouped.write({ z: 1, a: 1, b: 2, c: 3 })).toThrow(/one of a choice/);
  });

  it('tell null from absent: nil where the schema allows it, absent where it does not', async () => {
    const codec =
      await root(`<xsd:sequence><xsd:element name="nil" type="xsd:int" nillable="true"/><xsd:element name="optional" type="xsd:int" minOccurs="0"/>
      <xsd:element name="list" type="xsd:int" nillable="true" minOccurs="0" maxOccurs="9"/></xsd:sequence>`);
    expect(codec.write({ nil: null, optional: null, list: [1, null] })).toBe(
      '<t:root xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><t:nil xsi:nil="true"/><t:list>1</t:list><t:list xsi:nil="true"/></t:root>',
    );
    expect(codec.read(`${open}><t:nil xsi:nil="1"/><t:list xsi:nil="true"></t:list></t:root>`)).toEqual({
      nil: null,
      list: [null],
    });
    expect(() => codec.write({})).toThrow(badInput('root/nil'));
  });
});

describe('attributes and text', () => {
  it('stand beside elements, with defaults when read and fixed values when written', async () => {
    const codec = await root(
      `<xsd:sequence><xsd:element name="id" type="xsd:int"/></xsd:sequence><xsd:attribute name="id" type="xsd:int"/>
      <xsd:attribute name="unit" type="xsd:string" default="km"/><xsd:attribute name="version" type="xsd:string" use="required" fixed="1"/><xsd:attributeGroup ref="t:More"/>`,
      '<xsd:attributeGroup name="More"><xsd:attribute ref="t:global" use="required"/></xsd:attributeGroup><xsd:attribute name="global" type="xsd:boolean"/>',
    );
    expect(codec.write({ id: 1, idAttribute: 2, global: true })).toBe(
      '<t:root xmlns:t="urn:t" id="2" version="1" t:global="true"><t:id>1</t:id></t:root>',
    );
    expect(codec.read(`${open} version="1" t:global="0"><t:id>1</t:id></t:root>`)).toEqual({
      id: 1,
      unit: 'km',
      version: '1',
      global: false,
    });
    expect(() => codec.write({ id: 1 })).toThrow(badInput('root/global'));
    expect(() => codec.write({ id: 1, global: true, version: '2' })).toThrow(badInput('root/version'));
    expect(() => codec.read(`${open}><t:id>1</t:id></t:root>`)).toThrow(/'version'|'global'/);
  });

  it('refuse null where the type requires an attribute, which null has not', async () => {
    const codec =
      await root(`<xsd:sequence><xsd:element name="a" nillable="true"><xsd:complexType><xsd:simpleContent><xsd:extension base="xsd:int">
      <xsd:attribute name="unit" type="xsd:string" use="required"/></xsd:extension></xsd:simpleContent></xsd:complexType></xsd:element></xsd:sequence>`);
    expect(() => codec.write({ a: null })).toThrow(badInput('root/a'));
    expect(codec.read(`${open}><t:a xsi:nil="true" unit="km"/></t:root>`)).toEqual({ a: null });
  });

  it('keep mixed content in order', async () => {
    const codec = await rootCodec(
      '<xsd:element name="root"><xsd:complexType mixed="true"><xsd:choice minOccurs="0" maxOccurs="unbounded"><xsd:element name="b" type="xsd:string"/></xsd:choice><xsd:attribute name="lang" type="xsd:string"/></xsd:complexType></xsd:element>',
    );
    const value = { lang: 'en', content: ['see ', { b: 'here' }, ' & ', { b: 'there' }] };
    const xml = '<t:root xmlns:t="urn:t" lang="en">see <t:b>here</t:b> &amp; <t:b>there</t:b></t:root>';
    expect(codec.write(value)).toBe(xml);
    expect(codec.read(xml)).toEqual(value);
  });

  it('have wildcards: elements as XML that stands on its own, attributes by name', async () => {
    const codec = await root(
      '<xsd:sequence><xsd:element name="a" type="xsd:int"/><xsd:any minOccurs="0" maxOccurs="2" processContents="lax"/></xsd:sequence><xsd:anyAttribute/>',
    );
    const xml =
      '<t:root xmlns:t="urn:t" xmlns:x="urn:x" x:y="1"><t:a>1</t:a><x:b xmlns:z="urn:z"><z:c d="&lt;">é</z:c></x:b></t:root>';
    const value = codec.read(xml);
    expect(value).toEqual({
      a: 1,
      any: [{ name: '{urn:x}b', xml: '<x:b xmlns:x="urn:x"><z:c xmlns:z="urn:z" d="&lt;">é</z:c></x:b>' }],
      anyAttributes: { '{urn:x}y': '1' },
    });
    expect(codec.read(codec.write(value))).toEqual(value);
    expect(() => codec.write({ a: 1, any: [{ xml: '</t:root><evil/>' }] })).toThrow(badInput('root/any[0]'));
    expect(() => codec.write({ a: 1, any: ['<!DOCTYPE a><a/>'] })).toThrow(badInput('root/any[0]'));
    expect(() => codec.write({ a: 1, any: ['<a/>', '<b/>', '<c/>'] })).toThrow(/more elements/);
  });
});

describe('derivation', () => {
  const types = `<xsd:complexType name="Shape" abstract="true"><xsd:sequence><xsd:element name="name" type="xsd:string"/></xsd:sequence></xsd:complexType>
    <xsd:complexType name="Circle"><xsd:complexContent><xsd:extension base="t:Shape"><xsd:sequence><xsd:element name="radius" type="xsd:decimal"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
    <xsd:complexType name="Group"><xsd:complexContent><xsd:extension base="t:Shape"><xsd:sequence><xsd:element name="part" type="t:Shape" maxOccurs="unbounded"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>`;

  it('says the derived type in $type, in both directions and recursively', async () => {
    const codec = await rootCodec(`${types}<xsd:element name="root" type="t:Shape"/>`);
    const value = {
      $type: '{urn:t}Group',
      name: 'g',
      part: [{ $type: '{urn:t}Circle', name: 'c', radius: '1.50' }],
    };
    const xml = codec.write(value);
    expect(xml).toContain('xsi:type="t:Group"');
    expect(codec.read(xml)).toEqual(value);
    expect(() => codec.write({ name: 'x' })).toThrow(/abstract/);
    expect(() => codec.write({ $type: '{urn:t}Nothing', name: 'x' })).toThrow(/no type that may stand here/);
  });

  it('lets substitutes stand for the head of their group', async () => {
    const codec =
      await rootCodec(`<xsd:element name="root"><xsd:complexType><xsd:sequence><xsd:element ref="t:pay"/></xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="pay" abstract="true"/><xsd:element name="card" type="xsd:string" substitutionGroup="t:pay"/><xsd:element name="cash" type="xsd:int" substitutionGroup="t:pay"/>`);
    expect(codec.write({ cash: 5 })).toContain('<t:cash>5</t:cash>');
    expect(codec.read(`${open}><t:card>1</t:card></t:root>`)).toEqual({ card: '1' });
    expect(() => codec.write({ cash: 5, card: 'x' })).toThrow(/one of a choice/);
    expect(() => codec.write({})).toThrow(/required/);
  });

  it('restricts content, attributes and text', async () => {
    const codec =
      await rootCodec(`<xsd:complexType name="Base"><xsd:sequence><xsd:element name="a" type="xsd:int"/><xsd:element name="b" type="xsd:int" minOccurs="0"/></xsd:sequence><xsd:attribute name="x" type="xsd:int"/><xsd:attribute name="y" type="xsd:int"/></xsd:complexType>
      <xsd:element name="root"><xsd:complexType><xsd:complexContent><xsd:restriction base="t:Base"><xsd:sequence><xsd:element name="a" type="xsd:int"/></xsd:sequence><xsd:attribute name="x" use="prohibited"/></xsd:restriction></xsd:complexContent></xsd:complexType></xsd:element>`);
    expect(codec.write({ a: 1, y: 2 })).toContain('<t:root xmlns:t="urn:t" y="2"><t:a>1</t:a>');
    expect(() => codec.write({ a: 1, b: 2 })).toThrow(badInput('root/b'));
    expect(() => codec.write({ a: 1, x: 2 })).toThrow(badInput('root/x'));
  });
});

describe('facets, enforced when writing', () => {
  const restricted = (base: string, facets: string) =>
    rootCodec(
      `<xsd:element name="root"><xsd:simpleType><xsd:restriction base="xsd:${base}">${facets}</xsd:restriction></xsd:simpleType></xsd:element>`,
    );

  it.each([
    ['string', '<xsd:enumeration value="a"/><xsd:enumeration value="b"/>', ['a', 'b'], ['c', 'A', '']],
    ['string', '<xsd:pattern value="[A-Z-[AEIOU]]{2}\\d*"/>', ['BC', 'BC12'], ['AB', 'bc', 'BC1x']],
    [
      'string',
      '<xsd:pattern value="a|b"/><xsd:pattern value="c\\.d?"/>',
      ['a', 'b', 'c.', 'c.d'],
      ['ab', 'cxd'],
    ],
    ['string', '<xsd:length value="2"/>', ['ab', '😀é'], ['a', 'abc']],
    ['string', '<xsd:minLength value="1"/><xsd:maxLength value="3"/>', ['a', 'abc'], ['', 'abcd']],
    ['int', '<xsd:minInclusive value="1"/><xsd:maxExclusive value="5"/>', [1, 4], [0, 5]],
    [
      'decimal',
      '<xsd:maxInclusive value="99999999999999999999.5"/>',
      ['99999999999999999999.5'],
      ['99999999999999999999.51'],
    ],
    [
      'decimal',
      '<xsd:totalDigits value="4"/><xsd:fractionDigits value="2"/>',
      ['12.34', '0012.3400'],
      ['123.45', '1.234'],
    ],
    ['date', '<xsd:minInclusive value="2026-01-01"/>', ['2026-01-01'], ['2025-12-31']],
    [
      'dateTime',
      '<xsd:maxExclusive value="2026-01-01T00:00:00Z"/>',
      ['2026-01-01T00:30:00+01:00'],
      ['2026-01-01T00:00:00Z'],
    ],
    ['base64Binary', '<xsd:length value="3"/>', ['AAEC'], ['AAE=']],
    ['token', '<xsd:pattern value="a b"/>', [' a  b '], ['ab']],
    ['double', '<xsd:maxInclusive value="1.5"/>', [1.5, '-INF'], [1.6, 'INF']],
  ])('%s %s', async (base, facets, good, bad) => {
    const codec = await restricted(base, facets);
    expect(codec.warnings).toEqual([]);
    for (const value of good) codec.read(codec.write(value));
    for (const value of bad) expect(() => codec.write(value), String(value)).toThrow(badInput('root'));
  });

  it('are not checked when reading: what a service says is told', async () => {
    const codec = await restricted('string', '<xsd:enumeration value="a"/>');
    expect(codec.read(`${open}>new</t:root>`)).toBe('new');
  });

  it('lists and unions keep the types of their parts', async () => {
    const list = await rootCodec(
      '<xsd:element name="root"><xsd:simpleType><xsd:list itemType="xsd:long"/></xsd:simpleType></xsd:element>',
    );
    expect(list.write(['1', 2])).toContain('>1 2<');
    expect(list.read(`${open}> 1  9007199254740993 </t:root>`)).toEqual(['1', '9007199254740993']);
    expect(() => list.write(['x'])).toThrow(badInput('root'));
    const union = await rootCodec(
      `<xsd:element name="root"><xsd:simpleType><xsd:union memberTypes="xsd:int xsd:boolean"><xsd:simpleType><xsd:restriction base="xsd:string"><xsd:enumeration value="unbounded"/></xsd:restriction></xsd:simpleType></xsd:union></xsd:simpleType></xsd:element>`,
    );
    expect([1, true, 'unbounded'].map((value) => union.read(union.write(value)))).toEqual([
      1,
      true,
      'unbounded',
    ]);
    expect(() => union.write('other')).toThrow(badInput('root'));
  });
});

describe('schemas of several documents', () => {
  it('take the including namespace (chameleon), forms, and the same name in two namespaces', async () => {
    const main = schemaText(
      '<xsd:include schemaLocation="sub/common.xsd"/><xsd:import namespace="urn:o" schemaLocation="sub/other.xsd"/><xsd:element name="root" type="t:Root"/>',
      'xmlns:o="urn:o"',
    );
    const codec = await elementCodec(main, '{urn:t}root', {
      'sub/common.xsd': `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:o="urn:o" elementFormDefault="qualified">
        <xs:complexType name="Root"><xs:sequence><xs:element name="item" type="Item"/><xs:element ref="o:item"/><xs:element name="plain" type="o:Item" form="unqualified"/></xs:sequence></xs:complexType>
        <xs:complexType name="Item"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType></xs:schema>`,
      'sub/other.xsd': `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:o="urn:o" targetNamespace="urn:o"><xs:include schemaLocation="deep/../types.xsd"/><xs:element name="item" type="o:Item"/></xs:schema>`,
      'sub/types.xsd': `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:o"><xs:complexType name="Item"><xs:sequence><xs:element name="y" type="xs:int"/></xs:sequence></xs:complexType></xs:schema>`,
    });
    expect(codec.warnings).toEqual([]);
    const value = { item: { x: 1 }, item_2: { y: 2 }, plain: { y: 3 } };
    const xml = codec.write(value);
    expect(xml).toBe(
      '<t:root xmlns:t="urn:t" xmlns:ns1="urn:o"><t:item><t:x>1</t:x></t:item><ns1:item><y>2</y></ns1:item><plain><y>3</y></plain></t:root>',
    );
    expect(codec.read(xml)).toEqual(value);
  });

  it('warn of what is not there and read it as open', async () => {
    const codec = await elementCodec(
      schemaText(
        '<xsd:include schemaLocation="gone.xsd"/><xsd:element name="root"><xsd:complexType><xsd:sequence><xsd:element name="a" type="t:Gone"/><xsd:element ref="t:gone" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>',
      ),
      '{urn:t}root',
    );
    expect(codec.read(`${open}><t:a>x</t:a><t:gone><t:b/></t:gone></t:root>`)).toMatchObject({
      a: 'x',
      any: [{ name: '{urn:t}gone' }],
    });
    expect(codec.warnings).toHaveLength(3);
  });

  it('survive types that are derived from themselves and groups that hold themselves', async () => {
    const codec =
      await rootCodec(`<xsd:complexType name="A"><xsd:complexContent><xsd:extension base="t:A"/></xsd:complexContent></xsd:complexType>
      <xsd:group name="G"><xsd:sequence><xsd:group ref="t:G"/></xsd:sequence></xsd:group>
      <xsd:element name="root"><xsd:complexType><xsd:sequence><xsd:element name="a" type="t:A" minOccurs="0"/><xsd:group ref="t:G"/></xsd:sequence></xsd:complexType></xsd:element>`);
    expect(codec.read(`${open}/>`)).toEqual({});
    expect(codec.warnings.length).toBeGreaterThan(0);
  });

  it('never let a name of the schema or of a document reach a prototype', async () => {
    const codec = await root(
      '<xsd:sequence><xsd:element name="__proto__" type="xsd:string"/><xsd:element name="constructor" type="xsd:string" minOccurs="0"/></xsd:sequence><xsd:anyAttribute/>',
    );
    const value = codec.read(`${open} __proto__="x"><t:__proto__>y</t:__proto__></t:root>`) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).toEqual({ __proto___2: 'y' });
    expect(codec.read(codec.write(value))).toEqual(value);
  });
});
