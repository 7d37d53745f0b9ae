import type { XmlNode } from '../xml/tree.ts';
import { baseOf, type ComponentKind, type Definition, resolveName } from './definition.ts';
import { XSD } from './names.ts';

/**
 * What a definition inside `xsd:redefine` becomes, now that the first one of its name goes by another: where it refers to
 * its own name it means the first one. A type does so as its base, a group and an attribute group as a reference inside.
 * Implements "Modifying component definitions", XML Schema Part 1 §4.2.2.
 *
 * @param name `{namespace}local` of the definition
 * @param suffix what the first one's name ends with from now on
 */
export function redefined(
  kind: ComponentKind,
  { node, context }: Definition,
  name: string,
  suffix: string,
): Definition {
  const base = kind === 'type' ? baseOf(node) : undefined;
  const attribute = kind === 'type' ? 'base' : 'ref';
  const mayRefer = (element: XmlNode): boolean =>
    kind === 'type' ? element === base : element.namespace === XSD && element.localName === kind;
  const renamed = (element: XmlNode): XmlNode => {
    const children = element.children.map(renamed);
    const text = element.attributes[attribute];
    const isSelf = mayRefer(element) && text !== undefined && resolveName(text, element, context) === name;
    if (!isSelf) return { ...element, children };
    return {
      ...element,
      children,
      attributes: { ...element.attributes, [attribute]: `${text.trim()}${suffix}` },
    };
  };
  return { node: renamed(node), context };
}
