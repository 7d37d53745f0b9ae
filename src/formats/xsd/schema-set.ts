import type { XmlNode } from '../xml/tree.ts';
import {
  baseOf,
  type ComponentKind,
  type Definition,
  resolveName,
  type SchemaContext,
  UNDECLARED,
} from './definition.ts';
import { qualifiedName, XSD } from './names.ts';
import { redefined } from './redefine.ts';
import { standardSchema } from './standard.ts';

const KIND_OF: Readonly<Record<string, ComponentKind>> = {
  element: 'element',
  complexType: 'type',
  simpleType: 'type',
  group: 'group',
  attributeGroup: 'attributeGroup',
  attribute: 'attribute',
};

/** All global definitions of a set of schema documents, by name. Nothing is resolved until it is asked for. */
export class SchemaSet {
  /** What was not understood and read as something weaker; shown to the graph's author. */
  readonly warnings: string[] = [];
  private readonly definitions: Readonly<Record<ComponentKind, Map<string, Definition>>> = {
    element: new Map(),
    type: new Map(),
    group: new Map(),
    attributeGroup: new Map(),
    attribute: new Map(),
  };
  /** Heads of substitution groups and base types, and the global definitions that name them. */
  private readonly substitutes = new Map<string, string[]>();
  private readonly derived = new Map<string, string[]>();
  /** How many times a kind and name were redefined. */
  private readonly redefinitions = new Map<string, number>();
  /** Namespaces whose standard schema was looked for. */
  private readonly standards = new Set<string>();

  /**
   * Adds the definitions of one `xsd:schema` element; those that it includes are added by whoever reads them, and those that
   * it redefines must have been.
   */
  add(schema: XmlNode, context: SchemaContext): void {
    for (const node of schema.children) {
      if (node.namespace !== XSD) continue;
      const kind = kindOf(node);
      if (kind !== undefined) this.define(kind, { node, context });
    }
    for (const holder of schema.children) {
      if (holder.namespace !== XSD || holder.localName !== 'redefine') continue;
      for (const node of holder.children) {
        const kind = node.namespace === XSD ? kindOf(node) : undefined;
        if (kind !== undefined) this.redefine(kind, { node, context });
      }
    }
  }

  /** A global definition; those of the standard schemas are at hand without being added. */
  find(kind: ComponentKind, name: string): Definition | undefined {
    const found = this.definitions[kind].get(name);
    if (found !== undefined) return found;
    const namespace = name.startsWith('{') ? name.slice(1, name.indexOf('}')) : '';
    const standard = this.standards.has(namespace) ? undefined : standardSchema(namespace);
    this.standards.add(namespace);
    if (standard === undefined) return this.findUnqualified(kind, name, namespace);
    this.addStandard(standard, namespace);
    return this.definitions[kind].get(name);
  }

  names(kind: ComponentKind): Iterable<string> {
    return this.definitions[kind].keys();
  }

  /** Names of the global elements that declare this one as the head of their substitution group. */
  substitutesOf(name: string): readonly string[] {
    return this.substitutes.get(name) ?? [];
  }

  /** Names of the global types derived from this one, directly or not. */
  derivedFrom(name: string): readonly string[] {
    const all = new Set<string>();
    const visit = (base: string) => {
      for (const type of this.derived.get(base) ?? []) {
        if (all.has(type)) continue;
        all.add(type);
        visit(type);
      }
    };
    visit(name);
    return [...all];
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  /** A reference without a namespace (or in that of the schema language) means the only definition of that local name. */
  private findUnqualified(kind: ComponentKind, name: string, namespace: string): Definition | undefined {
    if (namespace !== '' && namespace !== XSD && !namespace.startsWith(UNDECLARED)) return undefined;
    const ending = `}${name.slice(name.indexOf('}') + 1)}`;
    const same = [...this.definitions[kind]].filter(([key]) => key.endsWith(ending));
    if (same.length !== 1) return undefined;
    this.warn(
      `The ${kind} ${ending.slice(1)} is referred to without its namespace: the only one of that name is taken`,
    );
    return same[0]![1];
  }

  private addStandard(standard: XmlNode, namespace: string): void {
    const location = `the standard schema of ${namespace}`;
    const known = new Map(Object.entries(this.definitions).map(([kind, map]) => [kind, new Map(map)]));
    this.add(standard, schemaContext(standard, location));
    // What a description says itself stands before what we carry.
    for (const [kind, map] of known) {
      for (const [name, definition] of map) this.definitions[kind as ComponentKind].set(name, definition);
    }
  }

  private define(kind: ComponentKind, definition: Definition): void {
    const name = globalName(definition);
    // What was redefined stays so, when the document is read for another's sake again.
    if (this.redefinitions.has(`${kind} ${name}`)) return;
    this.definitions[kind].set(name, definition);
    this.relate(kind, name, definition);
  }

  /** The first definition goes by another name from now on, which only the new one knows. */
  private redefine(kind: ComponentKind, definition: Definition): void {
    const name = globalName(definition);
    const first = this.definitions[kind].get(name);
    if (first === undefined) {
      this.warn(
        `${definition.context.location}: xsd:redefine of ${name}, which is not defined: it is defined here`,
      );
      this.define(kind, definition);
      return;
    }
    const key = `${kind} ${name}`;
    const count = (this.redefinitions.get(key) ?? 0) + 1;
    this.redefinitions.set(key, count);
    // No name of a schema holds a space.
    const suffix = ` before redefinition ${count}`;
    this.definitions[kind].set(name + suffix, first);
    this.definitions[kind].set(name, redefined(kind, definition, name, suffix));
  }

  /** Notes what the definition stands in for. */
  private relate(kind: ComponentKind, name: string, { node, context }: Definition): void {
    const head = node.attributes.substitutionGroup;
    if (kind === 'element' && head !== undefined)
      append(this.substitutes, resolveName(head, node, context), name);
    if (kind !== 'type') return;
    const base = baseOf(node);
    if (base !== undefined) append(this.derived, resolveName(base.attributes.base!, base, context), name);
  }
}

/** The context of a schema element; `includedInto` is the namespace of the document that includes it. */
export function schemaContext(schema: XmlNode, location: string, includedInto?: string): SchemaContext {
  const own = schema.attributes.targetNamespace;
  return {
    targetNamespace: own ?? includedInto ?? '',
    elementsQualified: schema.attributes.elementFormDefault === 'qualified',
    attributesQualified: schema.attributes.attributeFormDefault === 'qualified',
    chameleon: own === undefined && includedInto !== undefined,
    location,
  };
}

function kindOf({ localName, attributes }: XmlNode): ComponentKind | undefined {
  if (attributes.name === undefined || !Object.hasOwn(KIND_OF, localName)) return undefined;
  return KIND_OF[localName];
}

function globalName({ node, context }: Definition): string {
  return qualifiedName(context.targetNamespace, node.attributes.name as string);
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}
