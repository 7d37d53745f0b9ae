import type { XmlNode } from '../xml/tree.ts';
import { type Builtin, builtin, type Whitespace } from './builtins.ts';
import type { ComponentSource } from './component-source.ts';
import type { Facets, SimpleType } from './components.ts';
import { type Definition, resolveName, type SchemaContext } from './definition.ts';
import { qualifiedName, XSD } from './names.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { normalizeWhitespace } from './whitespace.ts';

const builtins = new Map<string, SimpleType>();

/** The simple type component of a built-in type. */
export function builtinType(localName: string): SimpleType {
  let type = builtins.get(localName);
  if (type === undefined) {
    const base = builtin(localName)!;
    type = {
      kind: 'simple',
      name: qualifiedName(XSD, localName),
      variety: 'atomic',
      builtin: base,
      whitespace: base.whitespace,
      item: undefined,
      members: [],
      facets: {},
      base: undefined,
    };
    builtins.set(localName, type);
  }
  return type;
}

const BUILTIN_LISTS: Readonly<Record<string, string>> = {
  NMTOKENS: 'NMTOKEN',
  IDREFS: 'IDREF',
  ENTITIES: 'ENTITY',
};

/** The built-in list types, `undefined` for another name. */
export function builtinList(localName: string): SimpleType | undefined {
  const item = Object.hasOwn(BUILTIN_LISTS, localName) ? BUILTIN_LISTS[localName] : undefined;
  return item === undefined
    ? undefined
    : listOf(builtinType(item), qualifiedName(XSD, localName), { minLength: 1 });
}

/** Implements "Simple Type Definitions", XML Schema Part 1 §3.14. */
export function resolveSimpleType(
  resolver: ComponentSource,
  { node, context }: Definition,
  name: string | undefined,
): SimpleType {
  for (const child of node.children) {
    if (child.namespace !== XSD) continue;
    if (child.localName === 'restriction') return restrict(resolver, child, context, name);
    if (child.localName === 'list')
      return listOf(inner(resolver, child, context, 'itemType')[0] ?? text(), name, {});
    if (child.localName === 'union') return unionOf(inner(resolver, child, context, 'memberTypes'), name);
  }
  resolver.set.warn(`${context.location}: a simple type without restriction, list or union is read as text`);
  return text();
}

/** A simple type narrowed by the facets in a `restriction` node: for simple types and simple content. */
export function narrow(
  base: SimpleType,
  restriction: XmlNode,
  name: string | undefined,
  resolver: ComponentSource,
): SimpleType {
  const whitespace = facetValue(restriction, 'whiteSpace') as Whitespace | undefined;
  const narrowed = { ...base, name, base, whitespace: whitespace ?? base.whitespace };
  return { ...narrowed, facets: readFacets(narrowed, restriction, resolver) };
}

function restrict(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  name: string | undefined,
): SimpleType {
  const named = node.attributes.base;
  const base =
    named === undefined
      ? (inner(resolver, node, context, '')[0] ?? text())
      : resolver.simpleType(resolveName(named, node, context));
  return narrow(base, node, name, resolver);
}

function text(): SimpleType {
  return builtinType('anySimpleType');
}

/** Simple types named in an attribute or standing inside the node. */
function inner(
  resolver: ComponentSource,
  node: XmlNode,
  context: SchemaContext,
  attribute: string,
): SimpleType[] {
  const names = (node.attributes[attribute] ?? '').split(/\s+/).filter((name) => name !== '');
  const named = names.map((name) => resolver.simpleType(resolveName(name, node, context)));
  const inside = node.children.filter(
    ({ namespace, localName }) => namespace === XSD && localName === 'simpleType',
  );
  return [
    ...named,
    ...inside.map((child) => resolveSimpleType(resolver, { node: child, context }, undefined)),
  ];
}

function listOf(item: SimpleType, name: string | undefined, facets: Facets): SimpleType {
  return { ...text(), name, variety: 'list', whitespace: 'collapse', item, facets };
}

function unionOf(members: readonly SimpleType[], name: string | undefined): SimpleType {
  return { ...text(), name, variety: 'union', members };
}

function facetValue(restriction: XmlNode, name: string): string | undefined {
  return restriction.children.find(({ localName }) => localName === name)?.attributes.value;
}

function readFacets(type: SimpleType, restriction: XmlNode, resolver: ComponentSource): Facets {
  const facets: { -readonly [Key in keyof Facets]: Facets[Key] } = { ...type.facets };
  const enumeration: unknown[] = [];
  const patterns: Pattern[] = [];
  for (const node of restriction.children) {
    const value = node.attributes.value;
    if (node.namespace !== XSD || value === undefined) continue;
    if (node.localName === 'enumeration') enumeration.push(facetJson(type, value, node));
    else if (node.localName === 'pattern') addPattern(patterns, value, resolver);
    else if (isCount(node.localName)) facets[node.localName] = Number(value);
    else if (isBound(node.localName)) facets[node.localName] = facetJson(type, value, node);
  }
  if (enumeration.length > 0) facets.enumeration = enumeration;
  if (patterns.length > 0) facets.patterns = [...(type.facets.patterns ?? []), patterns];
  return facets;
}

function addPattern(patterns: Pattern[], value: string, resolver: ComponentSource): void {
  const pattern = compilePattern(value);
  if (pattern === undefined) resolver.set.warn(`The pattern '${value}' cannot be checked: it is left out`);
  else patterns.push(pattern);
}

/** A facet's value as the JSON value of the type; its text where that is not one. */
function facetJson(type: SimpleType, value: string, node: XmlNode): unknown {
  const base: Builtin = type.builtin;
  const lookupNamespace = (prefix: string) => node.prefixes.get(prefix) ?? (prefix === '' ? '' : undefined);
  const normal = normalizeWhitespace(value, type.whitespace);
  if (type.variety === 'list') return normal.split(' ').map((item) => facetJson(type.item!, item, node));
  return base.parse(normal, { lookupNamespace }) ?? normal;
}

type CountFacet = 'length' | 'minLength' | 'maxLength' | 'totalDigits' | 'fractionDigits';
type BoundFacet = 'minInclusive' | 'maxInclusive' | 'minExclusive' | 'maxExclusive';

function isCount(name: string): name is CountFacet {
  return /^(length|minLength|maxLength|totalDigits|fractionDigits)$/.test(name);
}

function isBound(name: string): name is BoundFacet {
  return /^(min|max)(In|Ex)clusive$/.test(name);
}
