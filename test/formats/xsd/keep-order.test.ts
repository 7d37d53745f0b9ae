import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import { elementCodec, schemaText } from './schema.ts';

const open = '<t:root xmlns:t="urn:t"';

function codecOf(content: string, more = '') {
  return elementCodec(
    schemaText(
      `<xsd:element name="root"><xsd:complexType>${content}<xsd:attribute name="id" type="xsd:int"/></xsd:complexType></xsd:element>${more}`,
    ),
    '{urn:t}root',
    {},
    true,
  );
}

const element = (name: string, type = 'xsd:int', occurs = '') =>
  `<xsd:element name="${name}" type="${type}" ${occurs}/>`;
const repeatedChoice = `<xsd:choice minOccurs="0" maxOccurs="unbounded">${element('a')}${element('b', 'xsd:string')}</xsd:choice>`;

describe('Where the order of elements is kept', () => {
  it('elements that alternate are one list, read as they were written, at once and in slices', async () => {
    const codec = await codecOf(repeatedChoice);
    const value = { id: 1, content: [{ a: 1 }, { b: 'x' }, { a: 2 }] };
    const xml = codec.write(value);
    expect(xml).toBe(`${open} id="1"><t:a>1</t:a><t:b>x</t:b><t:a>2</t:a></t:root>`);
    expect(codec.read(xml)).toEqual(value);
    expect(codec.readSliced(xml)).toEqual(value);
    expect(codec.read(`${open}/>`)).toEqual({ content: [] });
    expect(codec.write({})).toBe(`${open}/>`);
  });

  it('types in which nothing alternates look as they always do', async () => {
    const codec = await codecOf(
      `<xsd:sequence>${element('a', 'xsd:int', 'maxOccurs="unbounded"')}<xsd:choice>${element('b')}${element('c')}</xsd:choice></xsd:sequence>`,
    );
    const value = { id: 1, a: [1, 2], c: 3 };
    expect(codec.read(codec.write(value))).toEqual(value);
  });

  it.each([
    ['an order that the schema has not', [{ b: 'x' }, { a: 1 }]],
    ['half a group', [{ a: 1 }]],
    [
      'more groups than allowed',
      [{ a: 1 }, { b: 'x' }, { a: 1 }, { b: 'x' }, { a: 1 }, { b: 'x' }, { a: 1 }, { b: 'x' }],
    ],
    ['nothing where something must stand', []],
    ['an unknown element', [{ a: 1 }, { c: 1 }]],
    ['text', ['x']],
    ['two elements in one item', [{ a: 1, b: 'x' }]],
    ['no list', { a: 1 }],
  ])('refuses %s', async (_, content) => {
    const codec = await codecOf(
      `<xsd:sequence maxOccurs="3">${element('a')}${element('b', 'xsd:string')}</xsd:sequence>`,
    );
    expect(codec.write({ content: [{ a: 1 }, { b: 'x' }, { a: 2 }, { b: 'y' }] })).toContain('<t:a>2</t:a>');
    expect(() => codec.write({ content })).toThrow(FormatError);
    expect(() => codec.write({ content })).toThrow(/root\/content/);
  });

  it('substitutes, nil, objects and elements that the schema leaves open stand in it', async () => {
    const codec = await codecOf(
      `<xsd:choice maxOccurs="unbounded"><xsd:element ref="t:shape"/>${element('note', 'xsd:string', 'nillable="true"')}<xsd:any namespace="##other" processContents="skip"/></xsd:choice>`,
      `<xsd:element name="shape" type="xsd:int" abstract="true"/><xsd:element name="circle" type="xsd:int" substitutionGroup="t:shape"/><xsd:element name="square" type="xsd:int" substitutionGroup="t:shape"/>`,
    );
    const value = {
      content: [
        { circle: 1 },
        { note: null },
        { any: { name: '{urn:o}x', xml: '<x xmlns="urn:o"></x>' } },
        { square: 2 },
        { circle: 3 },
      ],
    };
    const xml = codec.write(value);
    expect(codec.read(xml)).toEqual(value);
    expect(codec.readSliced(xml)).toEqual(value);
  });

  it('whatever a repeated model allows is read back as it was written, and nothing else is written', async () => {
    const codec = await codecOf(
      `<xsd:sequence>${element('first', 'xsd:int', 'minOccurs="0"')}<xsd:choice minOccurs="0" maxOccurs="unbounded">${element('a')}<xsd:sequence>${element('b')}${element('c', 'xsd:int', 'minOccurs="0" maxOccurs="2"')}</xsd:sequence></xsd:choice></xsd:sequence>`,
    );
    const names = fc.array(fc.constantFrom('first', 'a', 'b', 'c'), { maxLength: 10 });
    fc.assert(
      fc.property(names, fc.integer({ min: -1_000, max: 1_000 }), (order, number) => {
        const value = { content: order.map((name) => ({ [name]: number })) };
        const isAllowed = /^(first )?(a |b (c ){0,2})*$/.test(order.map((name) => `${name} `).join(''));
        if (isAllowed) expect(codec.read(codec.write(value))).toEqual(value);
        else expect(() => codec.write(value)).toThrow(FormatError);
      }),
      { numRuns: 1_000 },
    );
  });
});
