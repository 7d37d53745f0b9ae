import { pathToFileURL } from 'node:url';
import { toError } from '../../errors.ts';
import { type LocalDocuments, localDocuments } from '../../formats/local-documents.ts';
import { compileShape, type DeclaredShape } from '../../formats/xml-shape/compile.ts';
import type { DocumentCodec } from '../../formats/xml-shape/document-codec.ts';
import { loadSchemaDocuments, type SchemaDocuments } from '../../formats/xml-shape/schema.ts';
import type { XmlSchemaElement, XmlSelection } from '../../formats/xml-shape/shape.ts';
import type { Log } from '../../telemetry/log.ts';
import type { RestSpec } from './builders.ts';

/** Only what tells shapes apart: their types are the compiler's business. */
interface SomeShape {
  readonly kind: string;
}

export interface XmlCodecs {
  /** The codec of a shape. Throws a `FormatError` `badDescription` naming what cannot be meant: member, or file and element. */
  of(shape: SomeShape | undefined): DocumentCodec;
  /** Changes with the content of the files that were read; empty where none was. */
  readonly digest: string;
}

/**
 * Reads the schemas that the operations' shapes name, each once, and nothing that is not a file. A schema that cannot be
 * read fails where its operation is compiled, so that the error names the operation.
 */
export async function openXmlCodecs(specs: readonly RestSpec[], log: Log): Promise<XmlCodecs> {
  const locations = new Set(specs.flatMap(schemasOf));
  const loaded = new Map<string, SchemaDocuments | Error>();
  const files = localDocuments();
  for (const location of locations) loaded.set(location, await load(location, files));
  const of = (shape: SomeShape | undefined): DocumentCodec => {
    if (shape === undefined) throw new Error("`as: 'xml'` needs a `shape`.");
    if (shape.kind === 'selection') throw new Error('A body is written from a whole shape, not a selection.');
    if (shape.kind !== 'schema') return compileShape(shape as DeclaredShape);
    const { location, name } = shape as XmlSchemaElement<unknown>;
    const documents = loaded.get(location);
    if (documents === undefined) throw new Error(`The schema ${location} was not read.`);
    if (documents instanceof Error) throw documents;
    const codec = documents.element(name);
    for (const warning of documents.warnings) log.warn({ xsd: fileName(location) }, warning);
    return codec;
  };
  return { of, digest: files.digest() };
}

async function load(location: string, files: LocalDocuments): Promise<SchemaDocuments | Error> {
  try {
    const url = /^[a-z][a-z0-9+.-]+:/i.test(location) ? location : pathToFileURL(location).href;
    return await loadSchemaDocuments(url, files.read);
  } catch (thrown) {
    return toError(thrown);
  }
}

function schemasOf({ options: { answer, body } }: RestSpec): string[] {
  const parts = [answer, body].filter((part) => typeof part === 'object' && part.as === 'xml');
  return parts.flatMap((part) => {
    let { shape } = part as { readonly shape?: SomeShape };
    while (shape?.kind === 'selection') shape = (shape as XmlSelection<unknown>).shape;
    return shape?.kind === 'schema' ? [(shape as XmlSchemaElement<unknown>).location] : [];
  });
}

function fileName(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1);
}
