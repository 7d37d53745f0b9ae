import { TypePrinter } from '../xsd/describe.ts';
import type { HeaderCodec, MessageShape } from './message-codec.ts';
import type { SoapOperation } from './operation.ts';

/** The TypeScript types of an operation, as text for a generated file. */
export interface OperationTypes {
  /** The type of the input, the name of an interface in most cases. */
  readonly input: string;
  /** The type of the output; `null` for a one-way operation. */
  readonly output: string;
  /** Object types of the declared headers. */
  readonly inputHeaders: string;
  readonly outputHeaders: string;
  /** The interfaces that those names mean. */
  readonly declarations: string;
}

/**
 * Describes what an operation takes and gives, as TypeScript. `taken` holds type names in use elsewhere in the file; the new
 * ones are added.
 *
 * @example
 * describeTypes(model.operation({ name: 'EstimateFare' })).output   // 'EstimateFareResponse'
 */
export function describeTypes(operation: SoapOperation, taken: Set<string> = new Set()): OperationTypes {
  const output = new TypePrinter('output', taken);
  const input = new TypePrinter('input', taken);
  const types = {
    output:
      operation.output === undefined
        ? 'null'
        : body(output, operation.output.shape, `${operation.name}Response`),
    outputHeaders: headers(output, operation.outputHeaders),
    input: body(input, operation.input.shape, operation.name),
    inputHeaders: headers(input, operation.inputHeaders),
  };
  const declarations = [output.declarations, input.declarations].filter((text) => text !== '').join('\n\n');
  return { ...types, declarations };
}

function body(printer: TypePrinter, { element, type }: MessageShape, hint: string): string {
  return element === undefined ? printer.type(type, hint) : printer.element(element);
}

function headers(printer: TypePrinter, codecs: readonly HeaderCodec[]): string {
  const properties = codecs.map(
    ({ property, element }) => `${JSON.stringify(property)}?: ${printer.element(element)}`,
  );
  return properties.length === 0 ? 'Record<string, never>' : `{ ${properties.join('; ')} }`;
}
