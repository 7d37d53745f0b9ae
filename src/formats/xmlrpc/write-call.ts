import { FormatError } from '../format-error.ts';
import { XmlWriter } from '../xml/writer.ts';
import { ANY, type FixedParameter, type Parameter, type XmlRpcType } from './types.ts';
import { type WriteOptions, writeValue } from './write-value.ts';

/** How the inputs of an operation become the parameters of a method, in order. */
export interface CallPlan {
  readonly method: string;
  readonly parameters: readonly PlannedParameter[];
}

/** A parameter of which all is known. */
type PlannedParameter = XmlRpcType | FixedParameter;

const METHOD_NAME = /^[A-Za-z0-9_.:/]+$/;

/**
 * Checks the definition of a method: its name, and that every parameter can be taken from an input.
 * Errors: `FormatError` `badDescription`.
 * Source: XML-RPC specification, "Payload format" (characters of a method's name).
 */
export function planCall(method: string, parameters: readonly Parameter[]): CallPlan {
  if (!METHOD_NAME.test(method)) {
    throw badDescription(
      `'${method}' is no method name: letters, digits, '_', '.', ':' and '/' may stand in it.`,
    );
  }
  const planned = parameters.map(plannedParameter);
  planned.forEach((parameter, index) => {
    if (isFixed(parameter)) return;
    if (parameter.name === undefined && parameter.kind !== 'struct') {
      throw badDescription(
        `Parameter ${index + 1} of ${method} names no input: write ${parameter.kind}('…').`,
      );
    }
    const following = planned[index + 1];
    if (parameter.optional && following !== undefined && (isFixed(following) || !following.optional)) {
      throw badDescription(`Parameter ${index + 2} of ${method} follows an optional one and is none itself.`);
    }
  });
  return { method, parameters: planned };
}

/**
 * Writes a `methodCall` of one input, as a document in UTF-8.
 *
 * @param input the inputs of the operation, by name
 * @param first goes before all parameters: a token
 */
export function writeCall(
  plan: CallPlan,
  input: unknown,
  options: WriteOptions = {},
  first: readonly unknown[] = [],
): string {
  const writer = startCall(plan.method);
  writeParameters(writer, plan, input, options, first);
  return finish(writer);
}

/** The method that carries many calls. */
export const MULTICALL = 'system.multicall';

/**
 * Writes the call of one input for a multicall, so that an input that cannot be written does not keep the others.
 * Source: https://mirrors.talideon.com/articles/multicall.html
 */
export function writeInnerCall(
  plan: CallPlan,
  input: unknown,
  options: WriteOptions = {},
  first: readonly unknown[] = [],
): string {
  const writer = new XmlWriter();
  for (const name of ['value', 'struct', 'member']) writer.start('', name);
  writer.element('', 'name', 'methodName');
  writeValue(writer, plan.method);
  writer.end();
  writer.start('', 'member');
  writer.element('', 'name', 'params');
  for (const name of ['value', 'array', 'data']) writer.start('', name);
  for (const value of first) writeValue(writer, value);
  eachArgument(writer, plan, input, (value, type) => writeValue(writer, value, type, options));
  while (writer.depth > 0) writer.end();
  return writer.toString();
}

/** Writes one `methodCall` of `system.multicall` that holds the calls, each made by `writeInnerCall`. */
export function writeMulticall(innerCalls: readonly string[]): string {
  const writer = startCall(MULTICALL);
  for (const name of ['param', 'value', 'array', 'data']) writer.start('', name);
  for (const call of innerCalls) writer.markup(call);
  return finish(writer);
}

function startCall(method: string): XmlWriter {
  const writer = new XmlWriter();
  writer.start('', 'methodCall');
  writer.element('', 'methodName', method);
  writer.start('', 'params');
  return writer;
}

function finish(writer: XmlWriter): string {
  while (writer.depth > 0) writer.end();
  return `<?xml version="1.0" encoding="UTF-8"?>${writer.toString()}`;
}

function writeParameters(
  writer: XmlWriter,
  plan: CallPlan,
  input: unknown,
  options: WriteOptions,
  first: readonly unknown[],
): void {
  for (const value of first) {
    writer.start('', 'param');
    writeValue(writer, value);
    writer.end();
  }
  eachArgument(writer, plan, input, (value, type) => {
    writer.start('', 'param');
    writeValue(writer, value, type, options);
    writer.end();
  });
}

/** Walks over the parameters with their values; the first optional one without a value ends the list. */
function eachArgument(
  writer: XmlWriter,
  plan: CallPlan,
  input: unknown,
  write: (value: unknown, type: XmlRpcType) => void,
): void {
  const given = (input ?? {}) as Readonly<Record<string, unknown>>;
  for (const parameter of plan.parameters) {
    if (isFixed(parameter)) {
      write(parameter.value, ANY);
      continue;
    }
    if (parameter.name === undefined) {
      write(membersOf(given, parameter), parameter);
      continue;
    }
    const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
    if (parameter.optional && (value === undefined || value === null)) return;
    writer.path.push(parameter.name);
    write(value, parameter);
    writer.path.pop();
  }
}

/** Of a struct without a name: the inputs that are its members; with no members declared, all of them. */
function membersOf(given: Readonly<Record<string, unknown>>, { members }: XmlRpcType): unknown {
  if (members === undefined) return given;
  return Object.fromEntries(
    Object.keys(members)
      .filter((name) => Object.hasOwn(given, name) && given[name] !== null)
      .map((name) => [name, given[name]]),
  );
}

function plannedParameter(parameter: Parameter): PlannedParameter {
  return typeof parameter === 'string' ? { ...ANY, name: parameter as never } : parameter;
}

function isFixed(parameter: PlannedParameter): parameter is FixedParameter {
  return 'fixed' in parameter;
}

function badDescription(message: string): FormatError {
  return new FormatError('badDescription', message);
}
