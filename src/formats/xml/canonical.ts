import { XML_NAMESPACE } from './names.ts';
import {
  COMMENT,
  DOCUMENT_END,
  ELEMENT_END,
  ELEMENT_START,
  PROCESSING_INSTRUCTION,
  TEXT,
  XmlReader,
} from './reader.ts';
import { runWhole, type Sliced } from './slices.ts';

export interface CanonicalOptions {
  /** Leave out namespaces that no name inside uses (exclusive C14N) instead of writing all in scope. @default true */
  exclusive?: boolean;
  /** Keep comments. @default false */
  comments?: boolean;
  /** Exclusive only: prefixes that are treated inclusively, `#default` for none. @default [] */
  inclusivePrefixes?: readonly string[];
}

/**
 * The canonical form of a whole document.
 * Errors: those of the reader.
 * Implements Canonical XML 1.0 §2 and Exclusive XML Canonicalization 1.0 §3.
 */
export function canonicalizeDocument(source: string, options: CanonicalOptions = {}): string {
  const reader = new XmlReader(source);
  let out = '';
  let rootDone = false;
  for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
    if (kind === ELEMENT_START) {
      out += canonicalizeElement(reader, options);
      rootDone = true;
      continue;
    }
    const piece = aside(reader, options);
    // Outside the root, what is not an element stands on a line of its own.
    if (piece !== '') out += rootDone ? `\n${piece}` : `${piece}\n`;
  }
  return out;
}

/**
 * The canonical form of the element that has just started; the reader ends on its end tag. The text stands on its
 * own: every namespace that it uses is declared in it.
 * Implements Exclusive XML Canonicalization 1.0 §3 (and, for a root element, Canonical XML 1.0 §2).
 */
export function canonicalizeElement(reader: XmlReader, options: CanonicalOptions = {}): string {
  return runWhole(canonicalizeElementSliced(reader, () => false, options));
}

/** As `canonicalizeElement`, pausing whenever `isPauseDue` says so. */
export function* canonicalizeElementSliced(
  reader: XmlReader,
  isPauseDue: () => boolean,
  options: CanonicalOptions = {},
): Sliced<string> {
  const exclusive = options.exclusive ?? true;
  const inclusive = new Set(
    options.inclusivePrefixes?.map((prefix) => (prefix === '#default' ? '' : prefix)),
  );
  const outside = reader.depth - 1;
  /** What the output has declared, innermost last; a missing default namespace counts as declared empty. */
  const rendered: ReadonlyMap<string, string>[] = [new Map([['', '']])];
  const names: string[] = [];
  let out = '';
  for (;;) {
    if (reader.kind === ELEMENT_START) {
      const name = qualified(reader.prefix, reader.localName);
      const before = rendered.at(-1)!;
      // What nearly every element is: nothing that its parent has not declared.
      const isPlain = exclusive && inclusive.size === 0 && reader.attributeCount === 0;
      const { text, now } =
        isPlain && before.get(reader.prefix) === reader.namespace
          ? { text: '', now: before }
          : renderNamespaces(exclusive ? usedNamespaces(reader, inclusive) : allNamespaces(reader), before);
      out += `<${name}${text}${renderAttributes(reader)}>`;
      rendered.push(now);
      names.push(name);
    } else if (reader.kind === ELEMENT_END) {
      out += `</${names.pop()}>`;
      rendered.pop();
      if (reader.depth === outside) return out;
    } else if (reader.kind === TEXT) out += canonicalText(reader.text);
    else out += aside(reader, options);
    if (isPauseDue()) yield;
    reader.next();
  }
}

function aside(reader: XmlReader, options: CanonicalOptions): string {
  if (reader.kind === PROCESSING_INSTRUCTION) {
    return `<?${reader.instructionTarget}${reader.text === '' ? '' : ` ${reader.text}`}?>`;
  }
  return reader.kind === COMMENT && options.comments ? `<!--${reader.text}-->` : '';
}

function usedNamespaces(reader: XmlReader, inclusive: ReadonlySet<string>): Map<string, string> {
  const used = new Map<string, string>([[reader.prefix, reader.namespace]]);
  for (let index = 0; index < reader.attributeCount; index++) {
    const prefix = reader.attributePrefix(index);
    if (prefix !== '') used.set(prefix, reader.attributeName(index).namespace);
  }
  for (const prefix of inclusive) {
    const namespace = reader.lookupNamespace(prefix);
    if (namespace !== undefined) used.set(prefix, namespace);
  }
  used.delete('xml');
  return used;
}

function allNamespaces(reader: XmlReader): Map<string, string> {
  const all = new Map<string, string>([['', '']]);
  for (const [prefix, namespace] of reader.namespacesInScope()) all.set(prefix, namespace);
  return all;
}

function renderNamespaces(
  wanted: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
): { text: string; now: ReadonlyMap<string, string> } {
  const fresh = [...wanted].filter(([prefix, namespace]) => before.get(prefix) !== namespace);
  if (fresh.length === 0) return { text: '', now: before };
  const now = new Map(before);
  for (const [prefix, namespace] of fresh) now.set(prefix, namespace);
  const text = fresh
    .sort(([a], [b]) => compare(a, b))
    .map(([prefix, namespace]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${canonicalValue(namespace)}"`)
    .join('');
  return { text, now };
}

function renderAttributes(reader: XmlReader): string {
  if (reader.attributeCount === 0) return '';
  const attributes: { namespace: string; localName: string; text: string }[] = [];
  for (let index = 0; index < reader.attributeCount; index++) {
    const { namespace, localName } = reader.attributeName(index);
    const name = qualified(namespace === XML_NAMESPACE ? 'xml' : reader.attributePrefix(index), localName);
    attributes.push({
      namespace,
      localName,
      text: ` ${name}="${canonicalValue(reader.attributeValue(index))}"`,
    });
  }
  attributes.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.localName, b.localName));
  return attributes.map(({ text }) => text).join('');
}

/** By code point, as the specification orders; UTF-16 units differ from it only beside surrogates. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function qualified(prefix: string, localName: string): string {
  return prefix === '' ? localName : `${prefix}:${localName}`;
}

function canonicalText(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? '&#xD;');
}

function canonicalValue(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (c) => VALUE_ESCAPES[c]!);
}

const VALUE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
