import { FormatError } from '../format-error.ts';
import { readTree, type XmlNode } from '../xml/tree.ts';
import { DecoderCompiler } from '../xsd/compile-decoder.ts';
import { EncoderCompiler } from '../xsd/compile-encoder.ts';
import { loadSchemas, type ReadFile } from '../xsd/load.ts';
import { XSD, XSD_DRAFTS } from '../xsd/names.ts';
import { Resolver } from '../xsd/resolve.ts';
import { SchemaSet } from '../xsd/schema-set.ts';
import { DocumentCodec, refuse } from './document-codec.ts';

/** The global elements of an XML Schema, compiled when they are asked for. */
export interface SchemaDocuments {
  /** What was not understood so far, and read as something weaker. */
  readonly warnings: readonly string[];
  /** Errors: `FormatError` `badDescription` naming the file where it has no such element. */
  element(name: string): DocumentCodec;
}

/**
 * Loads an XML Schema from local documents, with all that it includes and imports.
 * Errors: `FormatError` `badDescription`, naming the file where it cannot be read or is no schema.
 */
export async function loadSchemaDocuments(location: string, readFile: ReadFile): Promise<SchemaDocuments> {
  const set = new SchemaSet();
  const file = location.slice(location.lastIndexOf('/') + 1);
  await loadSchemas(set, [{ node: await readRoot(location, file, readFile), location }], readFile);
  const resolver = new Resolver(set);
  return {
    warnings: set.warnings,
    element(name) {
      const declaration = resolver.element(name);
      if (declaration === undefined) throw notFound(set, file, name);
      if (declaration.abstract) return refuse(`The element ${name} of ${file} is abstract`);
      const decoder = new DecoderCompiler(resolver).element(declaration);
      return new DocumentCodec(new EncoderCompiler(resolver).element(declaration), decoder, false);
    },
  };
}

async function readRoot(location: string, file: string, readFile: ReadFile): Promise<XmlNode> {
  let text: string;
  try {
    text = await readFile(location);
  } catch (cause) {
    return refuse(`${file} cannot be read`, cause);
  }
  const root = treeOf(text, file);
  if (root.namespace !== XSD || root.localName !== 'schema') refuse(`${file} is no XML Schema`);
  return root;
}

function treeOf(text: string, file: string): XmlNode {
  try {
    return readTree(text, XSD_DRAFTS);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    return refuse(`${file}: ${cause.message}`, cause);
  }
}

function notFound(set: SchemaSet, file: string, name: string): FormatError {
  const names = [...set.names('element')];
  const shown = names.slice(0, 30).join(', ') || 'none';
  return new FormatError('badDescription', `${file} has no element ${name}; it has ${shown}`);
}
