import type { ComplexType, SimpleType } from '../xsd/components.ts';
import { type ChildDecoder, ComplexDecoder } from '../xsd/decode-complex.ts';
import type { TypeDecoder } from '../xsd/decoder.ts';
import type { TypeEncoder } from '../xsd/encode.ts';
import { ComplexEncoder } from '../xsd/encode-complex.ts';
import type { WriteField } from '../xsd/encode-content.ts';
import type { AttributeField, ElementField, Shape } from '../xsd/shape.ts';
import { checkedDecoder } from './decoders.ts';

/** How a child element is read and written. */
export interface CompiledChild {
  readonly read: Omit<ChildDecoder, 'index'>;
  readonly write: WriteField;
  readonly list: boolean;
  /** Whether its value may be `null`. */
  readonly mayBeNull: boolean;
}

/** What an element holds; `content` is its text, where attributes stand beside it. */
export interface CompiledMembers {
  readonly attributes: readonly AttributeField[];
  readonly content: { readonly property: string; readonly type: SimpleType } | undefined;
  readonly children: readonly CompiledChild[];
}

/** The codec of an element that holds these members: that of a complex type which no schema declares. */
export function codecOfMembers({ attributes, content, children }: CompiledMembers): {
  decoder: TypeDecoder;
  encoder: TypeEncoder;
} {
  const shape: Shape = {
    elements: children.map(elementField),
    attributes,
    wildcard: undefined,
    anyAttribute: undefined,
    value: content?.property,
    mixed: undefined,
  };
  const type: ComplexType = {
    kind: 'complex',
    name: undefined,
    abstract: false,
    mixed: false,
    attributes: attributes.map(({ use }) => use),
    anyAttribute: false,
    content: undefined,
    simpleContent: content?.type,
    arrayItem: undefined,
    base: undefined,
    derived: () => [],
  };
  const decoder = new ComplexDecoder(type, shape);
  decoder.connect(
    children.map(({ read }, index) => ({ ...read, index })),
    new Map(),
  );
  const encoder = new ComplexEncoder(type, shape);
  encoder.connect(
    children.map(({ write }) => write),
    {
      kind: 'sequence',
      min: 1,
      max: 1,
      particles: children.map(({ read, write }, index) => ({
        kind: 'element',
        min: read.required ? 1 : 0,
        max: write.repeated ? Number.POSITIVE_INFINITY : 1,
        choices: [index],
      })),
    },
    new Map(),
  );
  const lists = children.filter(({ list }) => list).map(({ read }) => read.property);
  const neverNull = children.filter(({ list, mayBeNull }) => !list && !mayBeNull);
  return {
    decoder: checkedDecoder(decoder, { lists, neverNull: neverNull.map(({ read }) => read.property) }),
    // Without `needsAttributes`: no schema says that an element that is nil must have its attributes all the same.
    encoder: {
      name: undefined,
      abstract: false,
      encode: (value, writer, context) => encoder.encode(value, writer, context),
      ofType: () => undefined,
    },
  };
}

/** Only the property's name is asked for: the types of its element are compiled already. */
function elementField({ read, write }: CompiledChild): ElementField {
  const { property, namespace, localName, repeated, required, chosen } = read;
  const element: ElementField['element'] = {
    namespace,
    localName,
    type: () => ({ kind: 'any', name: localName }),
    nillable: write.element.nillable,
    abstract: false,
    default: undefined,
    fixed: undefined,
    substitutes: () => [],
  };
  return { property, element, repeated, required, chosen };
}
