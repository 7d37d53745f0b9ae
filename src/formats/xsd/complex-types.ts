import type { XmlNode } from '../xml/tree.ts';
import type { ComponentSource } from './component-source.ts';
import type {
  ArrayItem,
  AttributeUse,
  ComplexType,
  GroupParticle,
  Particle,
  SimpleType,
  Type,
} from './components.ts';
import { type Definition, resolveName, type SchemaContext } from './definition.ts';
import { isTrue, qualifiedName, XSD } from './names.ts';
import { narrow, resolveSimpleType } from './simple-types.ts';

const ARRAYS = new Set([
  qualifiedName('http://schemas.xmlsoap.org/soap/encoding/', 'Array'),
  qualifiedName('http://www.w3.org/2003/05/soap-encoding', 'Array'),
]);
const ARRAY_TYPE = '{http://schemas.xmlsoap.org/wsdl/}arrayType';
/** Groups inside groups: a description that goes deeper refers to itself. */
const MAX_GROUP_DEPTH = 64;

/** Implements "Complex Type Definitions", XML Schema Part 1 §3.4. */
export function resolveComplexType(
  resolver: ComponentSource,
  { node, context }: Definition,
  name: string | undefined,
): ComplexType {
  const head = { name, abstract: isTrue(node.attributes.abstract), derived: derivedTypes(resolver, name) };
  const holder = node.children.find(
    ({ localName }) => localName === 'simpleContent' || localName === 'complexContent',
  );
  const mixed = isTrue(holder?.attributes.mixed ?? node.attributes.mixed);
  const derivation = holder?.children.find(
    ({ localName }) => localName === 'extension' || localName === 'restriction',
  );
  if (holder === undefined || derivation === undefined) {
    return {
      ...EMPTY,
      ...head,
      mixed,
      ...attributesOf(resolver, node, context),
      content: contentOf(resolver, node, context, 0),
    };
  }
  const base = resolver.type(resolveName(derivation.attributes.base ?? 'xsd:anyType', derivation, context));
  const derive = holder.localName === 'simpleContent' ? deriveSimple : deriveComplex;
  return { ...derive(resolver, derivation, context, base), ...head, ...(mixed ? { mixed } : {}), base };
}

/** Looks the derived types up once; afterwards nothing of the resolver is held. */
function derivedTypes(resolver: ComponentSource, name: string | undefined): () => readonly Type[] {
  if (name === undefined) return EMPTY.derived;
  const holder: { source?: ComponentSource; types?: readonly Type[] } = { source: resolver };
  return () => {
    holder.types ??= holder.source!.set.derivedFrom(name).map((derived) => holder.source!.type(derived));
    delete holder.source;
    return holder.types;
  };
}

const EMPTY: ComplexType = {
  kind: 'complex',
  name: undefined,
  abstract: false,
  mixed: false,
  attributes: [],
  anyAttribute: false,
  content: undefined,
  simpleContent: undefined,
  arrayItem: undefined,
  base: undefined,
  derived: () => [],
};

function deriveSimple(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  base: Type,
): ComplexType {
  const attributes = mergeAttributes(resolver, node, context, base);
  return { ...EMPTY, ...attributes, simpleContent: simpleContentOf(resolver, node, context, base) };
}

function simpleContentOf(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  base: Type,
): SimpleType {
  const inside = node.children.find(
    ({ namespace, localName }) => namespace === XSD && localName === 'simpleType',
  );
  const simple =
    inside !== undefined
      ? resolveSimpleType(resolver, { node: inside, context }, undefined)
      : base.kind === 'simple'
        ? base
        : base.kind === 'complex' && base.simpleContent !== undefined
          ? base.simpleContent
          : resolver.simpleType(qualifiedName(XSD, 'anySimpleType'));
  return node.localName === 'restriction' ? narrow(simple, node, simple.name, resolver) : simple;
}

function deriveComplex(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  base: Type,
): ComplexType {
  const own = contentOf(resolver, node, context, 0);
  const attributes = mergeAttributes(resolver, node, context, base);
  const parent = base.kind === 'complex' ? base : EMPTY;
  if (node.localName === 'restriction') {
    const arrayItem = arrayItemOf(resolver, node, context, own) ?? parent.arrayItem;
    return {
      ...EMPTY,
      ...attributes,
      mixed: base.kind === 'complex' && base.mixed && own !== undefined && isMixed(node),
      content: own,
      arrayItem,
    };
  }
  const parts = [parent.content, own].filter((part) => part !== undefined);
  const content: Particle | undefined =
    parts.length < 2 ? parts[0] : { kind: 'sequence', min: 1, max: 1, particles: parts };
  return {
    ...EMPTY,
    ...attributes,
    mixed: parent.mixed,
    content,
    simpleContent: parent.simpleContent,
    arrayItem: parent.arrayItem,
  };
}

function isMixed(node: XmlNode): boolean {
  return isTrue(node.attributes.mixed);
}

/** The `wsdl:arrayType` of a restriction of `soapenc:Array`, or the one element of its sequence. SOAP 1.1 §5.4.2, WSDL 1.1 §2.2. */
function arrayItemOf(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  own: Particle | undefined,
): ArrayItem | undefined {
  const base = resolveName(node.attributes.base ?? '', node, context);
  if (!ARRAYS.has(base)) return undefined;
  for (const child of node.children) {
    const arrayType = child.localName === 'attribute' ? child.attributes[ARRAY_TYPE] : undefined;
    const match = /^([^[]*)((?:\[[0-9,]*\])+)$/.exec(arrayType?.trim() ?? '');
    if (match === null) continue;
    const typeName = resolveName(match[1]!, child, context);
    return { typeName, type: resolver.type(typeName), dimensions: match[2]!.split('[').length - 1 };
  }
  const element = own === undefined ? undefined : onlyElement(own);
  const type = element?.element.type();
  return type === undefined
    ? {
        typeName: qualifiedName(XSD, 'anyType'),
        type: resolver.type(qualifiedName(XSD, 'anyType')),
        dimensions: 1,
      }
    : { typeName: type.name ?? qualifiedName(XSD, 'anyType'), type, dimensions: 1 };
}

function onlyElement(particle: Particle): (Particle & { kind: 'element' }) | undefined {
  if (particle.kind === 'element') return particle;
  return particle.kind === 'any' || particle.particles.length !== 1
    ? undefined
    : onlyElement(particle.particles[0]!);
}

function mergeAttributes(resolver: ComponentSource, node: XmlNode, context: SchemaContext, base: Type) {
  const own = attributesOf(resolver, node, context);
  if (base.kind !== 'complex') return own;
  const replaced = new Set([...own.attributes.map(nameOf), ...own.prohibited]);
  return {
    attributes: [...base.attributes.filter((use) => !replaced.has(nameOf(use))), ...own.attributes],
    anyAttribute: own.anyAttribute || (base.anyAttribute && node.localName === 'extension'),
  };
}

function nameOf(use: AttributeUse): string {
  return qualifiedName(use.namespace, use.localName);
}

function attributesOf(resolver: ComponentSource, node: XmlNode, context: SchemaContext, depth = 0) {
  const found = { attributes: [] as AttributeUse[], anyAttribute: false, prohibited: [] as string[] };
  for (const child of node.children) {
    if (child.namespace !== XSD) continue;
    if (child.localName === 'attribute') {
      const use = resolver.attribute({ node: child, context });
      if (use !== undefined) found.attributes.push(use);
      else
        found.prohibited.push(
          child.attributes.name ?? resolveName(child.attributes.ref ?? '', child, context),
        );
    } else if (child.localName === 'anyAttribute') found.anyAttribute = true;
    else if (child.localName === 'attributeGroup') {
      const name = resolveName(child.attributes.ref ?? '', child, context);
      const group = depth > MAX_GROUP_DEPTH ? undefined : resolver.set.find('attributeGroup', name);
      if (group === undefined) {
        resolver.set.warn(`${context.location}: the attribute group ${name} is not defined: it is left out`);
        continue;
      }
      const inside = attributesOf(resolver, group.node, group.context, depth + 1);
      found.attributes.push(...inside.attributes);
      found.anyAttribute ||= inside.anyAttribute;
    }
  }
  return found;
}

/** The one model group (or reference to one) inside a type, extension, restriction or group. */
function contentOf(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  depth: number,
): Particle | undefined {
  for (const child of node.children) {
    const particle = child.namespace === XSD ? particleOf(resolver, child, context, depth) : undefined;
    if (particle !== undefined) return particle;
  }
  return undefined;
}

/** Implements "Particles", XML Schema Part 1 §3.9. */
function particleOf(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  depth: number,
): Particle | undefined {
  const { attributes } = node;
  const min = Number(attributes.minOccurs ?? 1);
  const max =
    attributes.maxOccurs === 'unbounded' ? Number.POSITIVE_INFINITY : Number(attributes.maxOccurs ?? 1);
  if (max === 0) return undefined;
  switch (node.localName) {
    case 'element':
      return elementParticle(resolver, node, context, min, max);
    case 'any':
      return { kind: 'any', min, max };
    case 'sequence':
    case 'choice':
    case 'all': {
      const particles = node.children.map((child) =>
        child.namespace === XSD ? particleOf(resolver, child, context, depth) : undefined,
      );
      return {
        kind: node.localName,
        min,
        max,
        particles: particles.filter((particle) => particle !== undefined),
      };
    }
    case 'group': {
      const name = resolveName(attributes.ref ?? '', node, context);
      const group = depth > MAX_GROUP_DEPTH ? undefined : resolver.set.find('group', name);
      if (group === undefined)
        resolver.set.warn(`${context.location}: the group ${name} is not defined: it is left out`);
      const content =
        group === undefined ? undefined : contentOf(resolver, group.node, group.context, depth + 1);
      return content === undefined ? undefined : ({ ...content, min, max } as GroupParticle);
    }
    default:
      return undefined;
  }
}

function elementParticle(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  min: number,
  max: number,
): Particle {
  const reference = node.attributes.ref;
  if (reference === undefined)
    return { kind: 'element', min, max, element: resolver.declare({ node, context }, false) };
  const name = resolveName(reference, node, context);
  // DataSets refer to the element of XML Schema itself: the schema of what follows travels with the data.
  const element = resolver.element(name);
  if (element !== undefined) return { kind: 'element', min, max, element };
  if (name !== qualifiedName(XSD, 'schema')) {
    resolver.set.warn(`${context.location}: the element ${name} is not defined: it is read as xsd:any`);
  }
  return { kind: 'any', min, max };
}
