import type { XmlNode } from '../xml/tree.ts';
import { qualifiedName } from './names.ts';

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

/** Stands for the namespace of a prefix that nothing declares. */
export const UNDECLARED = 'undeclared prefix ';

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
export function baseOf(type: XmlNode): XmlNode | undefined {
  for (const child of type.children) {
    const holder = child.localName.endsWith('Content') ? child.children : [child];
    const found = holder.find(
      ({ localName, attributes }) => /^(restriction|extension)$/.test(localName) && attributes.base,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
