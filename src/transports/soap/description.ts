import { pathToFileURL } from 'node:url';
import { toError } from '../../errors.ts';
import { localDocuments } from '../../formats/local-documents.ts';
import { loadWsdl, type WsdlModel } from '../../formats/wsdl/model.ts';
import type { SoapOperation } from '../../formats/wsdl/operation.ts';
import type { Log } from '../../telemetry/log.ts';
import type { SoapSpec } from './builders.ts';

export interface DescriptionOptions {
  /** A file: its path (relative to the working directory) or its URL. */
  readonly wsdl: string | URL;
  readonly service?: string | undefined;
  readonly port?: string | undefined;
}

export interface CompiledOperations {
  /** What the specifications became: an operation, or why it cannot be one. */
  readonly operations: ReadonlyMap<SoapSpec, SoapOperation | Error>;
  /** Changes with the content of the files that were read. */
  readonly digest: string;
}

/**
 * Reads a WSDL with all that it imports and compiles the operations that are bound. Nothing else of it is kept, and
 * nothing is fetched: an import of another address than a file is passed over with a warning.
 *
 * Rejects with a `FormatError` `badDescription` naming the file where it cannot be read or is no WSDL. An operation that
 * is not in it is an `Error` in the map, to be thrown where its name is known.
 */
export async function compileOperations(
  { wsdl, service, port }: DescriptionOptions,
  specs: readonly SoapSpec[],
  log: Log,
): Promise<CompiledOperations> {
  const location = wsdl instanceof URL ? wsdl.href : pathToFileURL(wsdl).href;
  const documents = localDocuments();
  const model = await loadWsdl(location, documents.read);
  const operations = new Map(specs.map((spec) => [spec, compile(model, spec, service, port)]));
  for (const warning of model.warnings) log.warn({ wsdl: fileName(location) }, warning);
  return { operations, digest: documents.digest() };
}

function compile(
  model: WsdlModel,
  spec: SoapSpec,
  service: string | undefined,
  port: string | undefined,
): SoapOperation | Error {
  try {
    const selected = { service: spec.service ?? service, port: spec.port ?? port, input: spec.overload };
    const given = Object.entries(selected).filter(([, value]) => value !== undefined);
    return model.operation({ name: spec.operation, keepOrder: spec.keepOrder, ...Object.fromEntries(given) });
  } catch (thrown) {
    return toError(thrown);
  }
}

function fileName(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1);
}
