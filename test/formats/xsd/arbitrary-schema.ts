import fc from 'fast-check';

/** A schema as text (what stands beside `root`), and values of its root in the normal form that reading gives. */
export interface Sample {
  definitions: string;
  value: unknown;
}

interface Typed {
  /** An `xsd:element`'s type attribute, or its anonymous type. */
  attribute: string;
  inside: string;
  value: fc.Arbitrary<unknown>;
}

const legalText = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', 'é', '😀', '<', '&', '>', '"', ']', '\n', '\t', '\r', ' ', '\u0085'),
  maxLength: 8,
});
const token = legalText.map((text) => text.replace(/[ \t\r\n]+/g, ' ').trim());
const digits = fc
  .string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 })
  .map((text) => text.replace(/^0+(?=.)/, ''));
const signed = fc
  .tuple(fc.boolean(), digits)
  .map(([negative, text]) => (negative && text !== '0' ? `-${text}` : text));
const decimal = fc
  .tuple(signed, fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 10 }))
  .map(([whole, fraction]) => (fraction === '' ? whole : `${whole}.${fraction}`));
const base64 = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const zone = fc.constantFrom('', 'Z', '+05:30', '-14:00');

/** The built-in types with the values that they read as. */
const BUILTINS: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
  ['string', legalText],
  ['normalizedString', legalText.map((text) => text.replace(/[\t\r\n]/g, ' '))],
  ['token', token],
  ['anyURI', fc.constantFrom('http://example.com/a?b=c&d#e', 'urn:x:y', 'a/b.c')],
  ['boolean', fc.boolean()],
  ['decimal', decimal],
  ['integer', signed],
  ['nonNegativeInteger', digits],
  ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  ['unsignedLong', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)],
  ['int', fc.integer()],
  ['unsignedInt', fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  ['short', fc.integer({ min: -32_768, max: 32_767 })],
  ['byte', fc.integer({ min: -128, max: 127 })],
  [
    'double',
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      fc.constantFrom('INF', '-INF', 'NaN'),
    ),
  ],
  ['dateTime', fc.tuple(day, zone).map(([text, suffix]) => text.slice(0, 19) + suffix)],
  ['date', fc.tuple(day, zone).map(([text, suffix]) => text.slice(0, 10) + suffix)],
  ['time', fc.tuple(day, zone).map(([text, suffix]) => text.slice(11, 23) + suffix)],
  ['duration', fc.constantFrom('P1Y', '-P1Y2M3DT4H5M6.7S', 'PT0S', 'P2M')],
  ['gYearMonth', day.map((text) => text.slice(0, 7))],
  ['base64Binary', base64],
  ['hexBinary', base64],
  ['QName', fc.constantFrom('{urn:t}a', '{urn:other}b', 'c')],
  ['NMTOKENS', fc.array(fc.constantFrom('a', '1-b', 'c.d'), { minLength: 1, maxLength: 3 })],
];

const builtin: fc.Arbitrary<Typed> = fc
  .constantFrom(...BUILTINS)
  .map(([name, value]) => ({ attribute: `type="xsd:${name}"`, inside: '', value }));

const restricted: fc.Arbitrary<Typed> = fc.constantFrom<Typed>(
  simple(
    '<xsd:restriction base="xsd:string"><xsd:enumeration value="a &lt;"/><xsd:enumeration value="b"/></xsd:restriction>',
    fc.constantFrom('a <', 'b'),
  ),
  simple(
    '<xsd:restriction base="xsd:int"><xsd:minInclusive value="-5"/><xsd:maxExclusive value="5"/></xsd:restriction>',
    fc.integer({ min: -5, max: 4 }),
  ),
  simple(
    '<xsd:restriction base="xsd:string"><xsd:pattern value="[a-c]{2}-\\d+"/></xsd:restriction>',
    fc.constantFrom('ab-1', 'cc-99'),
  ),
  simple('<xsd:list itemType="xsd:decimal"/>', fc.array(decimal, { maxLength: 3 })),
  simple('<xsd:union memberTypes="xsd:int xsd:boolean"/>', fc.oneof(fc.integer({ min: 2 }), fc.boolean())),
);

function simple(inside: string, value: fc.Arbitrary<unknown>): Typed {
  return { attribute: '', inside: `<xsd:simpleType>${inside}</xsd:simpleType>`, value };
}

const simpleType = fc.oneof({ weight: 3, arbitrary: builtin }, { weight: 1, arbitrary: restricted });

const withAttributes: fc.Arbitrary<Typed> = fc
  .tuple(builtin, builtin, fc.boolean())
  .map(([text, attribute, required]) => ({
    attribute: '',
    inside: `<xsd:complexType><xsd:simpleContent><xsd:extension base="${text.attribute.slice(6, -1)}"><xsd:attribute name="unit" ${attribute.attribute}${required ? ' use="required"' : ''}/></xsd:extension></xsd:simpleContent></xsd:complexType>`,
    value: fc.record(
      { unit: attribute.value, value: text.value },
      { requiredKeys: required ? ['unit', 'value'] : ['value'] },
    ),
  }));

/** A particle: its text, and the properties that a value of it has. */
interface Part {
  text: string;
  value: fc.Arbitrary<Record<string, unknown>>;
}

/** Element names are numbered when a type is put together, so that none stands twice. */
type NumberedPart = (prefix: string) => Part;

const structure = fc.letrec<{ type: Typed; complex: Typed; part: NumberedPart }>((tie) => ({
  type: fc.oneof({ maxDepth: 3, depthSize: 'small' }, simpleType, withAttributes, tie('complex')),
  complex: fc
    .tuple(fc.array(tie('part'), { maxLength: 3 }), fc.option(builtin, { nil: undefined }))
    .map(([parts, attribute]) => {
      const made = parts.map((part, index) => part(`e${index}`));
      const values = fc
        .tuple(...made.map(({ value }) => value))
        .map((list) => Object.assign({}, ...list) as Record<string, unknown>);
      const extra =
        attribute === undefined
          ? fc.constant({})
          : fc.record({ extra: attribute.value }, { requiredKeys: [] });
      return {
        attribute: '',
        inside: `<xsd:complexType><xsd:sequence>${made.map(({ text }) => text).join('')}</xsd:sequence>${attribute === undefined ? '' : `<xsd:attribute name="extra" ${attribute.attribute}/>`}</xsd:complexType>`,
        value: fc.tuple(values, extra).map(([content, more]) => ({ ...content, ...more })),
      };
    }),
  part: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.tuple(tie('type'), fc.constantFrom('one', 'optional', 'list', 'nillable')).map(
      ([type, kind]) =>
        (name: string) =>
          elementPart(name, type, kind),
    ),
    fc.tuple(tie('type'), tie('type')).map(
      ([left, right]) =>
        (name: string) =>
          choicePart(name, left, right),
    ),
  ),
}));

function elementPart(name: string, { attribute, inside, value }: Typed, wanted: string): Part {
  // Null has no attributes: an element that must have some cannot be nil in JSON.
  const kind =
    wanted === 'nillable' && /^<xsd:complexType><xsd:simpleContent>.*required/.test(inside) ? 'one' : wanted;
  const occurs = {
    one: '',
    optional: ' minOccurs="0"',
    list: ' minOccurs="0" maxOccurs="4"',
    nillable: ' nillable="true"',
  }[kind];
  const values = {
    one: fc.record({ [name]: value }),
    optional: fc.record({ [name]: value }, { requiredKeys: [] }),
    list: fc.record({ [name]: fc.array(value, { maxLength: 4 }) }),
    nillable: fc.record({ [name]: fc.option(value, { nil: null }) }),
  }[kind]!;
  return {
    text: `<xsd:element name="${name}" ${attribute}${occurs}>${inside}</xsd:element>`,
    value: values as fc.Arbitrary<Record<string, unknown>>,
  };
}

function choicePart(name: string, left: Typed, right: Typed): Part {
  const [a, b] = [elementPart(`${name}a`, left, 'one'), elementPart(`${name}b`, right, 'one')];
  return { text: `<xsd:choice>${a.text}${b.text}</xsd:choice>`, value: fc.oneof(a.value, b.value) };
}

/** A schema with an element `root`, and a value of it. */
export const anySample: fc.Arbitrary<Sample> = structure.complex.chain(({ attribute, inside, value }) =>
  value.map((sample) => ({
    definitions: `<xsd:element name="root" ${attribute}>${inside}</xsd:element>`,
    value: sample,
  })),
);
