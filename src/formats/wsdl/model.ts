import { FormatError } from '../format-error.ts';
import type { SoapVersion } from '../soap/names.ts';
import { loadSchemas, type ReadFile } from '../xsd/load.ts';
import { Resolver } from '../xsd/resolve.ts';
import { SchemaSet } from '../xsd/schema-set.ts';
import { type PortOperation, portOperations } from './bindings.ts';
import { readDefinitions } from './definitions.ts';
import { MessageCompiler } from './message-codec.ts';
import { SoapOperation } from './operation.ts';

/** Which operation is meant. What is left out is taken as it comes first in the description. */
export interface OperationSelector {
  readonly name: string;
  readonly service?: string;
  readonly port?: string;
  readonly soapVersion?: SoapVersion;
  /** The name of its input message: needed to tell overloads apart. */
  readonly input?: string;
  /** Gives elements that may alternate as one list in their order. @default false: a list for each name */
  readonly keepOrder?: boolean;
}

/** One operation of one port, by its names. */
export type OperationListing = Pick<
  PortOperation,
  'service' | 'port' | 'address' | 'soapVersion' | 'name' | 'inputName'
>;

/**
 * Loads a WSDL 1.1 description from local documents. Nothing is fetched: `readFile` gives each document by its address
 * (relative ones are made absolute against the document they stand in), and the standard schemas ship with us.
 * What cannot be understood is a warning and is read as `xsd:anyType`.
 * Errors: `FormatError` `badDescription`.
 *
 * @example
 * const model = await loadWsdl('tariffs.wsdl', (location) => readFile(location, 'utf8'));
 * const estimate = model.operation({ name: 'EstimateFares' });
 * estimate.encode({ request: [{ from: 'A', to: 'B' }] });   // '<?xml version="1.0" …'
 */
export async function loadWsdl(location: string, readFile: ReadFile): Promise<WsdlModel> {
  const set = new SchemaSet();
  const definitions = await readDefinitions(location, readFile, set);
  await loadSchemas(set, definitions.schemas, readFile);
  const operations = portOperations(definitions, (text) => set.warn(text));
  return new WsdlModel(location, set, operations);
}

/** A description, and operations compiled from it when asked for. An operation does not keep the description alive. */
export class WsdlModel {
  readonly location: string;
  private readonly set: SchemaSet;
  private readonly portOperations: readonly PortOperation[];

  constructor(location: string, set: SchemaSet, operations: readonly PortOperation[]) {
    this.location = location;
    this.set = set;
    this.portOperations = operations;
  }

  /** What was not understood so far; binding an operation may add to it. */
  get warnings(): readonly string[] {
    return this.set.warnings;
  }

  /** Every operation of every SOAP port. */
  get operations(): readonly OperationListing[] {
    return this.portOperations;
  }

  /**
   * Compiles one operation, and nothing that it does not reach.
   * Errors: `FormatError` `badDescription` when there is no such operation, or several overloads and no `input`.
   */
  operation(selector: OperationSelector): SoapOperation {
    const found = this.find(selector);
    return new SoapOperation(
      found.bind(),
      new MessageCompiler(new Resolver(this.set), selector.keepOrder === true),
    );
  }

  private find({ name, service, port, soapVersion, input }: OperationSelector): PortOperation {
    const matching = this.portOperations.filter(
      (operation) =>
        operation.name === name &&
        (service === undefined || operation.service === service) &&
        (port === undefined || operation.port === port) &&
        (soapVersion === undefined || operation.soapVersion === soapVersion) &&
        (input === undefined || operation.inputName === input),
    );
    const [first] = matching;
    if (first === undefined) throw this.notFound(name);
    const overloads = matching.filter(
      (operation) => operation.port === first.port && operation.service === first.service,
    );
    if (overloads.length > 1 && new Set(overloads.map(({ inputName }) => inputName)).size > 1) {
      const names = overloads.map(({ inputName }) => inputName).join(', ');
      throw new FormatError(
        'badDescription',
        `${this.location} has several operations ${name}: say which input (${names})`,
      );
    }
    return first;
  }

  private notFound(name: string): FormatError {
    const names = [...new Set(this.portOperations.map((operation) => operation.name))];
    const shown = names.slice(0, 30).join(', ');
    const more = names.length > 30 ? `, and ${names.length - 30} more` : '';
    return new FormatError(
      'badDescription',
      `${this.location} has no such operation as ${name}; it has ${shown}${more}`,
    );
  }
}
