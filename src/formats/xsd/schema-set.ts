import type { XmlNode } from '../xml/tree.ts';
import { qualifiedName, XSD } from './names.ts';
import { standardSchema } from './standard.ts';

export type ComponentKind = 'element' | 'type' | 'group' | 'attributeGroup' | 'attribute';

/** What holds for everything inside one schema document. */
export interface SchemaContext {
  /** The namespace of the document, or of the one that includes it ("chameleon"). */
  readonly targetNamespace: string;
  readonly elementsQualified: boolean;
  readonly attributesQualified: boolean;
  /** The document has no namespace of its own: unprefixed names in it mean `targetNamespace`. */
  readonly chameleon: boolean;
  readonly location: string;
}

/** A global component before it is resolved. */
export interface Definition {
  readonly node: XmlNode;
  readonly context: SchemaContext;
}

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
  /** Namespaces whose standard schema was looked for. */
  private readonly standards = new Set<string>();

  /** Adds the definitions of one `xsd:schema` element; those of `includes` are added by whoever reads them. */
  add(schema: XmlNode, context: SchemaContext): void {
    for (const node of schema.children) {
      if (node.namespace !== XSD) continue;
      if (node.localName === 'redefine') {
        this.warn(
          `${context.location}: xsd:redefine is read as an include whose definitions replace the first ones`,
        );
        this.add(node, context);
      }
      const kind = Object.hasOwn(KIND_OF, node.localName) ? KIND_OF[node.localName] : undefined;
      const name = node.attributes.name;
      if (kind !== undefined && name !== undefined) this.define(kind, name, { node, context });
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

  private define(kind: ComponentKind, localName: string, definition: Definition): void {
    const { node, context } = definition;
    const name = qualifiedName(context.targetNamespace, localName);
    this.definitions[kind].set(name, definition);
    const head = node.attributes.substitutionGroup;
    if (kind === 'element' && head !== undefined)
      append(this.substitutes, resolveName(head, node, context), name);
    if (kind !== 'type') return;
    const base = baseOf(node);
    if (base !== undefined) append(this.derived, resolveName(base.attributes.base!, base, context), name);
  }
}

/** Stands for the namespace of a prefix that nothing declares. */
const UNDECLARED = 'undeclared prefix ';

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

/** `{namespace}local` of a prefixed name in a schema; an undeclared prefix gives a name that nothing has. */
export function resolveName(text: string, node: XmlNode, context?: SchemaContext): string {
  const trimmed = text.trim();
  const colon = trimmed.indexOf(':');
  const prefix = colon === -1 ? '' : trimmed.slice(0, colon);
  const localName = trimmed.slice(colon + 1);
  const namespace = node.prefixes.get(prefix) ?? (prefix === '' ? '' : `${UNDECLARED}${prefix}`);
  if (namespace === '' && context?.chameleon) return qualifiedName(context.targetNamespace, localName);
  return qualifiedName(namespace, localName);
}

/** The `restriction` or `extension` element of a type definition. */
function baseOf(type: XmlNode): XmlNode | undefined {
  for (const child of type.children) {
    const holder = child.localName.endsWith('Content') ? child.children : [child];
    const found = holder.find(
      ({ localName, attributes }) => /^(restriction|extension)$/.test(localName) && attributes.base,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}
