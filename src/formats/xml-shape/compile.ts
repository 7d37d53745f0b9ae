import { isNcName } from '../xml/characters.ts';
import type { TypeDecoder } from '../xsd/decoder.ts';
import { type ElementEncoder, encodeElement, type TypeEncoder } from '../xsd/encode.ts';
import { simpleEncoder } from '../xsd/encode-simple.ts';
import { qualifiedName, splitName } from '../xsd/names.ts';
import type { AttributeField } from '../xsd/shape.ts';
import { builtinType } from '../xsd/simple-types.ts';
import { propertyDecoder, scalarDecoder } from './decoders.ts';
import { DocumentCodec, refuse } from './document-codec.ts';
import { type CompiledChild, type CompiledMembers, codecOfMembers } from './members.ts';
import type {
  XmlAttribute,
  XmlContent,
  XmlElement,
  XmlList,
  XmlNillable,
  XmlOptional,
  XmlScalar,
} from './shape.ts';
import type { XmlTypeName } from './shape-types.ts';

/** A shape as data: what values it stands for is the compiler's business. */
export type DeclaredShape =
  | XmlScalar<unknown>
  | XmlElement<unknown>
  | XmlList<unknown>
  | XmlAttribute<unknown>
  | XmlContent<unknown>
  | XmlOptional<unknown>
  | XmlNillable<unknown>;

/**
 * Compiles a declared shape into a codec of whole documents: an element, an element of text, or a list in an element.
 * Errors: `FormatError` `badDescription` for a shape that cannot be meant, naming the member.
 */
export function compileShape(shape: DeclaredShape): DocumentCodec {
  const inner = shape.kind === 'nillable' ? (shape.member as DeclaredShape) : shape;
  if (inner.kind === 'list' && inner.in === undefined)
    refuse('A document has one root element: the list needs `in`');
  const declared = 'namespace' in inner ? inner.namespace : undefined;
  const { read, write } = compileChild('the root', shape, declared ?? '');
  if (!read.required && inner.kind !== 'list') refuse('A document has a root element: it cannot be optional');
  return new DocumentCodec(write.element, read.decoder, declared === undefined && read.namespace === '');
}

/** @param namespace of the element around */
function compileChild(property: string, member: DeclaredShape, namespace: string): CompiledChild {
  const optional = member.kind === 'optional';
  const nillable = member.kind === 'nillable';
  const inner = optional || nillable ? (member.member as DeclaredShape) : member;
  if (inner.kind === 'list') return compileList(property, inner, namespace);
  if (inner.kind !== 'scalar' && inner.kind !== 'element')
    return refuse(`\`${property}\` is declared as ${inner.kind}, which no element can be`);
  const mayBeNull = optional || nillable;
  const { decoder, element } = compileElement(property, inner, namespace, { nillable, mayBeNull });
  const { namespace: own, localName } = element;
  const name = { property, namespace: own, localName };
  return {
    read: { ...name, repeated: false, required: !optional, chosen: false, decoder },
    write: { property, repeated: false, element, whenAbsent: undefined },
    list: false,
    mayBeNull,
  };
}

function compileList(property: string, list: XmlList<unknown>, around: string): CompiledChild {
  const namespace = list.namespace ?? around;
  const { decoder, element } = compileElement(property, list.item, namespace);
  const common = { repeated: true, required: false, chosen: false, decoder };
  const items: CompiledChild = {
    read: { property, namespace: element.namespace, localName: element.localName, ...common },
    write: { property, repeated: true, element, whenAbsent: undefined },
    list: true,
    mayBeNull: false,
  };
  if (list.in === undefined) return items;
  const holder = qualified(list.in, namespace, property);
  const { decoder: held } = codecOfMembers({ attributes: [], content: undefined, children: [items] });
  const type = listEncoder(element);
  return {
    ...items,
    read: { ...items.read, ...holder, repeated: false, decoder: propertyDecoder(held, property) },
    write: {
      ...items.write,
      repeated: false,
      element: { ...holder, nillable: false, fixed: undefined, type },
    },
  };
}

function compileElement(
  property: string,
  member: XmlScalar<unknown> | XmlElement<unknown>,
  around: string,
  { nillable = false, mayBeNull = false } = {},
): { decoder: TypeDecoder; element: ElementEncoder } {
  const namespace = (member.kind === 'element' ? member.namespace : undefined) ?? around;
  const name = qualified(member.name, namespace, property);
  const common = { ...name, nillable, fixed: undefined };
  if (member.kind === 'element') {
    const { decoder, encoder } = codecOfMembers(compileMembers(member, namespace));
    return { decoder, element: { ...common, type: encoder } };
  }
  const type = xsdName(member.type);
  return {
    decoder: scalarDecoder(type, mayBeNull),
    element: { ...common, type: simpleEncoder(builtinType(type)) },
  };
}

function compileMembers({ name, members }: XmlElement<unknown>, namespace: string): CompiledMembers {
  const attributes: AttributeField[] = [];
  const children: CompiledChild[] = [];
  const contents: NonNullable<CompiledMembers['content']>[] = [];
  for (const [property, declared] of Object.entries(members)) {
    if (property === '__proto__' || property === '$type')
      refuse(`A member of \`${name}\` cannot be called \`${property}\``);
    const member = declared as DeclaredShape;
    const inner = member.kind === 'optional' ? (member.member as DeclaredShape) : member;
    if (inner.kind === 'attribute') attributes.push(attributeField(property, inner, inner === member));
    else if (member.kind === 'content') contents.push({ property, type: builtinType(xsdName(member.type)) });
    else children.push(compileChild(property, member, namespace));
  }
  assertApart(
    name,
    attributes.map(({ use }) => use),
  );
  assertApart(
    name,
    children.map(({ read }) => read),
  );
  if (contents.length > 1 || (contents.length === 1 && children.length > 0))
    refuse(`\`${name}\` holds text (\`xml.content\`) once and no elements beside it`);
  return { attributes, content: contents[0], children };
}

/** Two properties cannot be made of the same element or attribute. */
function assertApart(element: string, names: readonly { namespace: string; localName: string }[]): void {
  const seen = new Set<string>();
  for (const { namespace, localName } of names) {
    const name = qualifiedName(namespace, localName);
    if (seen.has(name)) refuse(`\`${element}\` declares \`${name}\` twice`);
    seen.add(name);
  }
}

/** Attributes without a prefix are in no namespace, whatever their element is in. Namespaces in XML 1.0 §6.2. */
function attributeField(
  property: string,
  { name, type }: XmlAttribute<unknown>,
  required: boolean,
): AttributeField {
  const use = { ...qualified(name, '', property), type: builtinType(xsdName(type)), required };
  return { property, use: { ...use, default: undefined, fixed: undefined } };
}

/** Writes a list as the content of the element that holds it. */
function listEncoder(item: ElementEncoder): TypeEncoder {
  return {
    name: undefined,
    abstract: false,
    encode(value, writer, context) {
      if (!Array.isArray(value)) throw writer.badInput('The value is no list');
      for (const [index, one] of value.entries()) {
        writer.path.push(index);
        encodeElement(item, one, writer, context);
        writer.path.pop();
      }
    },
    ofType: () => undefined,
  };
}

function qualified(
  name: string,
  around: string,
  property: string,
): { readonly namespace: string; readonly localName: string } {
  const { namespace, localName } = splitName(name);
  if (!isNcName(localName)) refuse(`\`${property}\` is made of \`${name}\`, which is no XML name`);
  return { namespace: name.startsWith('{') ? namespace : around, localName };
}

function xsdName(type: XmlTypeName): string {
  if (type === 'text') return 'string';
  return type === 'base64' ? 'base64Binary' : type;
}
