import type { XmlNode } from '../xml/tree.ts';
import { builtin } from './builtins.ts';
import { resolveComplexType } from './complex-types.ts';
import type { ComponentSource } from './component-source.ts';
import type { AnyType, AttributeUse, ElementDeclaration, SimpleType, Type } from './components.ts';
import { type Definition, resolveName, type SchemaContext } from './definition.ts';
import { isTrue, qualifiedName, splitName, XSD, XSD_DRAFTS } from './names.ts';
import type { SchemaSet } from './schema-set.ts';
import { builtinList, builtinType, resolveSimpleType } from './simple-types.ts';

export const ANY_TYPE: AnyType = Object.freeze({ kind: 'any', name: qualifiedName(XSD, 'anyType') });

/** Turns definitions into components, each once and only when asked for. What cannot be understood warns and becomes `xsd:anyType`. */
export class Resolver implements ComponentSource {
  readonly set: SchemaSet;
  private readonly types = new Map<string, Type>();
  private readonly elements = new Map<string, ElementDeclaration>();
  private readonly resolving = new Set<string>();

  constructor(set: SchemaSet) {
    this.set = set;
  }

  /** A global type by `{namespace}local`. */
  type(name: string): Type {
    let type = this.types.get(name);
    if (type === undefined) {
      type = this.builtinNamed(name) ?? this.resolveType(name);
      this.types.set(name, type);
    }
    return type;
  }

  /** A global or built-in type, or `undefined` when there is none of that name. */
  known(name: string): Type | undefined {
    return this.set.find('type', name) !== undefined || this.builtinNamed(name) !== undefined
      ? this.type(name)
      : undefined;
  }

  /** A global type where only a simple one may stand; `xsd:anySimpleType` when it is not. */
  simpleType(name: string): SimpleType {
    const type = this.type(name);
    if (type.kind === 'simple') return type;
    if (type.kind === 'complex' && type.simpleContent !== undefined) return type.simpleContent;
    this.set.warn(`${name} is not a simple type where one must stand: it is read as text`);
    return builtinType('anySimpleType');
  }

  /** A global element by `{namespace}local`. */
  element(name: string): ElementDeclaration | undefined {
    const known = this.elements.get(name);
    if (known !== undefined) return known;
    const definition = this.set.find('element', name);
    if (definition === undefined) return undefined;
    const element = this.declare(definition, true);
    this.elements.set(name, element);
    return element;
  }

  /** A declaration from its node: a global one, or a local one with its form. */
  declare({ node, context }: Definition, global: boolean): ElementDeclaration {
    const localName = node.attributes.name ?? '';
    const form = node.attributes.form;
    const qualified = global || (form === undefined ? context.elementsQualified : form === 'qualified');
    const namespace = qualified ? context.targetNamespace : '';
    return new Declaration(namespace, localName, node, {
      type: () => this.typeOf(node, context),
      substitutes: () => (global ? this.substitutesOf(qualifiedName(namespace, localName)) : []),
    });
  }

  /** The type of an element or attribute node: named, inside it, that of its head, or any. */
  typeOf(node: XmlNode, context: SchemaContext): Type {
    const named = node.attributes.type;
    if (named !== undefined) return this.type(resolveName(named, node, context));
    for (const child of node.children) {
      if (child.namespace !== XSD) continue;
      if (child.localName === 'simpleType')
        return resolveSimpleType(this, { node: child, context }, undefined);
      if (child.localName === 'complexType')
        return resolveComplexType(this, { node: child, context }, undefined);
    }
    const head = node.attributes.substitutionGroup;
    return (
      (head === undefined ? undefined : this.element(resolveName(head, node, context))?.type()) ?? ANY_TYPE
    );
  }

  /** An `xsd:attribute` node as it is used in a type; `undefined` when it is prohibited or unknown. */
  attribute({ node, context }: Definition): AttributeUse | undefined {
    if (node.attributes.use === 'prohibited') return undefined;
    const reference = node.attributes.ref;
    let declared: Definition = { node, context };
    let name = qualifiedName(this.attributeNamespace(node, context), node.attributes.name ?? '');
    if (reference !== undefined) {
      name = resolveName(reference, node, context);
      const found = this.set.find('attribute', name);
      if (found === undefined)
        this.set.warn(`${context.location}: the attribute ${name} is not defined: it is read as text`);
      else declared = found;
    }
    const { namespace, localName } = splitName(name);
    return {
      namespace,
      localName,
      type: this.attributeType(declared),
      required: node.attributes.use === 'required',
      default: node.attributes.default ?? declared.node.attributes.default,
      fixed: node.attributes.fixed ?? declared.node.attributes.fixed,
    };
  }

  private attributeNamespace(node: XmlNode, context: SchemaContext): string {
    const form = node.attributes.form;
    return (form === undefined ? context.attributesQualified : form === 'qualified')
      ? context.targetNamespace
      : '';
  }

  private attributeType({ node, context }: Definition): SimpleType {
    const named = node.attributes.type;
    if (named !== undefined) return this.simpleType(resolveName(named, node, context));
    const inside = node.children.find(({ localName }) => localName === 'simpleType');
    return inside === undefined
      ? builtinType('anySimpleType')
      : resolveSimpleType(this, { node: inside, context }, undefined);
  }

  private builtinNamed(name: string): Type | undefined {
    const { namespace, localName } = splitName(name);
    if (namespace !== XSD && !Object.hasOwn(XSD_DRAFTS, namespace)) return undefined;
    if (localName === 'anyType' || localName === 'ur-type') return ANY_TYPE;
    const renamed = OLD_NAMES[localName] ?? localName;
    return builtinList(renamed) ?? (builtin(renamed) === undefined ? undefined : builtinType(renamed));
  }

  private resolveType(name: string): Type {
    const definition = this.set.find('type', name);
    if (definition === undefined) return this.resolveMissing(name);
    if (this.resolving.has(name)) {
      this.set.warn(`The type ${name} is derived from itself: it is read as xsd:anyType`);
      return ANY_TYPE;
    }
    this.resolving.add(name);
    const resolve = definition.node.localName === 'simpleType' ? resolveSimpleType : resolveComplexType;
    const type = resolve(this, definition, name);
    this.resolving.delete(name);
    return type;
  }

  /** Some descriptions name an element where a type is meant. */
  private resolveMissing(name: string): Type {
    const element = this.set.find('element', name);
    if (element === undefined || this.resolving.has(name)) {
      this.set.warn(`The type ${name} is not defined: it is read as xsd:anyType`);
      return ANY_TYPE;
    }
    this.set.warn(`The type ${name} is not defined: that of the element is taken`);
    this.resolving.add(name);
    const type = this.typeOf(element.node, element.context);
    this.resolving.delete(name);
    return type;
  }

  private substitutesOf(head: string): ElementDeclaration[] {
    const found: ElementDeclaration[] = [];
    const visit = (name: string) => {
      for (const member of this.set.substitutesOf(name)) {
        const element = this.element(member);
        if (element === undefined || found.includes(element) || member === head) continue;
        found.push(element);
        visit(member);
      }
    };
    visit(head);
    return found;
  }
}

/** An element whose type and substitutes are resolved when asked for. Once they are, it holds nothing of the schema's document. */
class Declaration implements ElementDeclaration {
  readonly namespace: string;
  readonly localName: string;
  readonly nillable: boolean;
  readonly abstract: boolean;
  readonly default: string | undefined;
  readonly fixed: string | undefined;
  private resolved: Type | undefined;
  private others: readonly ElementDeclaration[] | undefined;
  private findType: (() => Type) | undefined;
  private findSubstitutes: (() => readonly ElementDeclaration[]) | undefined;

  constructor(
    namespace: string,
    localName: string,
    { attributes }: XmlNode,
    find: { type: () => Type; substitutes: () => readonly ElementDeclaration[] },
  ) {
    this.namespace = namespace;
    this.localName = localName;
    this.nillable = isTrue(attributes.nillable);
    this.abstract = isTrue(attributes.abstract);
    this.default = attributes.default;
    this.fixed = attributes.fixed;
    this.findType = find.type;
    this.findSubstitutes = find.substitutes;
  }

  type(): Type {
    this.resolved ??= this.findType!();
    this.findType = undefined;
    return this.resolved;
  }

  substitutes(): readonly ElementDeclaration[] {
    this.others ??= this.findSubstitutes!();
    this.findSubstitutes = undefined;
    return this.others;
  }
}

/** Types of the drafts that were renamed. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  timeInstant: 'dateTime',
  'uri-reference': 'anyURI',
  timeDuration: 'duration',
};
