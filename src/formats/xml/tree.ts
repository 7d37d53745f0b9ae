import { FormatError } from '../format-error.ts';
import { XML_NAMESPACE } from './names.ts';
import { DOCUMENT_END, ELEMENT_END, ELEMENT_START, TEXT, XmlReader } from './reader.ts';

/** An element of a description (WSDL, XSD) as a tree. Answers are never read into one. */
export interface XmlNode {
  namespace: string;
  localName: string;
  /** By local name, `{namespace}local` for those in a namespace. */
  attributes: Readonly<Record<string, string>>;
  children: XmlNode[];
  text: string;
  /** Prefixes in scope; one object for all elements that declare nothing of their own. */
  prefixes: ReadonlyMap<string, string>;
  /** Characters from the start of the document. */
  offset: number;
}

/** Namespaces of older drafts, and the one that is meant. */
export type NamespaceAliases = Readonly<Record<string, string>>;

/**
 * Reads a whole document into a tree; comments and instructions are dropped. Elements in an aliased namespace are given
 * the one that is meant.
 * Errors: `FormatError` `badDescription`, with line and column, when it is not well-formed.
 */
export function readTree(source: string, aliases: NamespaceAliases = {}): XmlNode {
  try {
    const reader = new XmlReader(source, { maxChildren: 5_000_000 });
    while (reader.next() !== ELEMENT_START) {
      // To the root.
    }
    const root = readNode(reader, new Map([['xml', XML_NAMESPACE]]), aliases);
    while (reader.next() !== DOCUMENT_END) {
      // The rest must be well-formed too.
    }
    return root;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError('badDescription', error.message, { cause: error });
  }
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});

function readNode(
  reader: XmlReader,
  inherited: ReadonlyMap<string, string>,
  aliases: NamespaceAliases,
): XmlNode {
  const declarations = reader.declarations();
  const node: XmlNode = {
    namespace: Object.hasOwn(aliases, reader.namespace) ? aliases[reader.namespace]! : reader.namespace,
    localName: reader.localName,
    attributes: readAttributes(reader),
    children: [],
    text: '',
    prefixes: declarations.length === 0 ? inherited : new Map([...inherited, ...declarations]),
    offset: reader.position,
  };
  for (let kind = reader.next(); kind !== ELEMENT_END; kind = reader.next()) {
    if (kind === ELEMENT_START) node.children.push(readNode(reader, node.prefixes, aliases));
    else if (kind === TEXT) node.text += reader.text;
  }
  return node;
}

function readAttributes(reader: XmlReader): Readonly<Record<string, string>> {
  if (reader.attributeCount === 0) return NO_ATTRIBUTES;
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < reader.attributeCount; index++) {
    const { namespace, localName } = reader.attributeName(index);
    attributes[namespace === '' ? localName : `{${namespace}}${localName}`] = reader.attributeValue(index);
  }
  return attributes;
}
