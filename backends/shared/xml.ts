import { SaxesParser } from 'saxes';
import { Problem } from './problem.ts';

/** A small XML reader and writer for the requests and answers of the SOAP and XML-RPC servers. */

export interface XmlElement {
  name: string;
  /** Namespace URI, '' for none. */
  namespace: string;
  attributes: readonly { name: string; namespace: string; value: string }[];
  children: readonly XmlElement[];
  /** All character data directly inside, CDATA included, joined. */
  text: string;
}

const maxDepth = 64;

/**
 * Reads a document into a tree of elements.
 *
 * @throws Problem 400 for what is not well-formed, has a DOCTYPE, or nests deeper than 64.
 */
export function parseXml(text: string): XmlElement {
  interface Open extends XmlElement {
    children: XmlElement[];
  }
  const path: Open[] = [];
  let root: XmlElement | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw new Problem(400, `The body is not well-formed XML: ${error.message}`);
  });
  // A DOCTYPE can declare entities that grow without bound; SOAP 1.1 §3 forbids it as well.
  parser.on('doctype', () => {
    throw new Problem(400, 'A DOCTYPE is not allowed.');
  });
  parser.on('opentag', (tag) => {
    if (path.length >= maxDepth) throw new Problem(400, `Elements nest deeper than ${maxDepth}.`);
    const attributes = Object.values(tag.attributes).map(({ local, uri, value }) => ({
      name: local,
      namespace: uri,
      value,
    }));
    const element: Open = { name: tag.local, namespace: tag.uri, attributes, children: [], text: '' };
    path.at(-1)?.children.push(element);
    root ??= element;
    path.push(element);
  });
  parser.on('closetag', () => {
    path.pop();
  });
  const addText = (characters: string): void => {
    const open = path.at(-1);
    if (open) open.text += characters;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  if (!root) throw new Problem(400, 'The body holds no XML element.');
  return root;
}

/** The value of an attribute, or undefined. */
export function attribute(element: XmlElement, name: string, namespace = ''): string | undefined {
  return element.attributes.find((found) => found.name === name && found.namespace === namespace)?.value;
}

/** Text as element content or attribute value; control characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML 1.0 §2.2 excludes.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"\t\n\r]/g, (character) => escapes[character] as string)
  );
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
