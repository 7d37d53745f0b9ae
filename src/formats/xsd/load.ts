import { FormatError } from '../format-error.ts';
import { readTree, type XmlNode } from '../xml/tree.ts';
import type { SchemaContext } from './definition.ts';
import { XSD, XSD_DRAFTS } from './names.ts';
import { type SchemaSet, schemaContext } from './schema-set.ts';
import { standardSchema } from './standard.ts';

/** Reads a local document by the address it is imported under; the only way anything is read. */
export type ReadFile = (location: string) => string | Promise<string>;

/** A schema element to add, and where its relative addresses start from. */
export interface SchemaSource {
  readonly node: XmlNode;
  readonly location: string;
}

/**
 * Adds schemas and all that they include and import to the set. A document that cannot be read is a warning: what
 * depends on it becomes `xsd:anyType`; the standard schemas are never asked for.
 * Errors: `FormatError` `badDescription` for a document that is no well-formed XML or no schema.
 */
export async function loadSchemas(
  set: SchemaSet,
  sources: readonly SchemaSource[],
  readFile: ReadFile,
): Promise<void> {
  const seen = new Set<string>();
  const read = async (reference: XmlNode, from: Queued): Promise<Queued | undefined> => {
    const isImport = reference.localName === 'import';
    const location = resolveLocation(from.source.location, reference.attributes.schemaLocation!);
    const includedInto = isImport ? undefined : contextOf(from).targetNamespace;
    const key = `${location} ${includedInto ?? ''}`;
    if (seen.has(key) || (isImport && standardSchema(reference.attributes.namespace ?? '') !== undefined))
      return undefined;
    seen.add(key);
    const node = await readSchema(set, location, readFile);
    return node && { source: { node, location }, includedInto };
  };
  const addAll = async (queue: Queued[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      // What is redefined must be there, with all that it includes, when the redefinition comes.
      for (const reference of references(next.source.node, /^redefine$/)) {
        const original = await read(reference, next);
        if (original !== undefined) await addAll([original]);
      }
      set.add(next.source.node, contextOf(next));
      for (const reference of references(next.source.node, /^(import|include)$/)) {
        const other = await read(reference, next);
        if (other !== undefined) queue.push(other);
      }
    }
  };
  await addAll(sources.map((source) => ({ source, includedInto: undefined })));
}

/** A schema that is still to be added, and the namespace of the one that includes it. */
interface Queued {
  readonly source: SchemaSource;
  readonly includedInto: string | undefined;
}

function contextOf({ source, includedInto }: Queued): SchemaContext {
  return schemaContext(source.node, source.location, includedInto);
}

/** An address relative to that of the document it stands in: URLs and plain paths. */
export function resolveLocation(base: string, location: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(location) || location.startsWith('/')) return location;
  if (/^[a-z][a-z0-9+.-]+:/i.test(base)) return new URL(location, base).href;
  const parts = base.split('/').slice(0, -1);
  for (const part of location.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Reads and parses a document; `undefined`, with a warning, when it cannot be read. */
export async function readDocument(
  set: SchemaSet,
  location: string,
  readFile: ReadFile,
): Promise<XmlNode | undefined> {
  let text: string;
  try {
    text = await readFile(location);
  } catch {
    set.warn(`${location} cannot be read: what it defines is left open`);
    return undefined;
  }
  try {
    return readTree(text, XSD_DRAFTS);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError('badDescription', `${location}: ${error.message}`, { cause: error });
  }
}

async function readSchema(
  set: SchemaSet,
  location: string,
  readFile: ReadFile,
): Promise<XmlNode | undefined> {
  const root = await readDocument(set, location, readFile);
  if (root === undefined || (root.namespace === XSD && root.localName === 'schema')) return root;
  // Some descriptions import a WSDL for the schema inside it.
  const inside = root.children
    .find(({ localName }) => localName === 'types')
    ?.children.find(({ localName }) => localName === 'schema');
  if (inside === undefined) set.warn(`${location} is no schema: what it defines is left open`);
  return inside;
}

function references(schema: XmlNode, names: RegExp): XmlNode[] {
  return schema.children.filter(
    ({ namespace, localName, attributes }) =>
      namespace === XSD && names.test(localName) && attributes.schemaLocation !== undefined,
  );
}
