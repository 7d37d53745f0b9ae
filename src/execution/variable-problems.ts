import {
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  isSpecifiedScalarType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { TributaryError } from '../errors.ts';

const mostProblems = 20;

/**
 * What is wrong with the variables of an operation: the coercion of GraphQL spec §6.1.2, told again. graphql-js's own
 * messages repeat the whole value and suggest names of the schema; these name the place and the expected type alone.
 *
 * @returns an error of code `BAD_USER_INPUT` for each place, at most 20
 */
export function variableProblems(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly TributaryError[] {
  const problems: TributaryError[] = [];
  const report: Report = (place, what) => {
    if (problems.length >= mostProblems) return;
    problems.push(new TributaryError('BAD_USER_INPUT', `The variable \`${place}\` ${what}.`));
  };
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) continue;
    if (Object.hasOwn(variables, name)) inspect(variables[name], type, `$${name}`, report);
    else if (isNonNullType(type) && definition.defaultValue === undefined)
      report(`$${name}`, `is required: a value of type ${type} is expected, and none came`);
  }
  return problems;
}

type Report = (place: string, what: string) => void;

function inspect(value: unknown, type: GraphQLInputType, place: string, report: Report): void {
  if (isNonNullType(type)) {
    if (value === null || value === undefined)
      report(place, `must not be null: a value of type ${type} is expected`);
    else inspect(value, type.ofType, place, report);
  } else if (value === null || value === undefined) return;
  else if (isListType(type)) {
    if (Array.isArray(value))
      value.forEach((item, index) => {
        inspect(item, type.ofType, `${place}[${index}]`, report);
      });
    else inspect(value, type.ofType, place, report);
  } else if (isInputObjectType(type)) inspectObject(value, type, place, report);
  else if ((isScalarType(type) || isEnumType(type)) && !fits(value, type))
    report(place, `has a value that is no ${type.name}${inWords(type)}`);
}

/** What the contract says of a scalar, so that the caller need not look it up: `: degrees north …, from -90 to 90`. */
function inWords(type: GraphQLInputType): string {
  if (!isScalarType(type) || isSpecifiedScalarType(type) || !type.description) return '';
  const [line = ''] = type.description.trim().split('\n');
  return `: ${line.charAt(0).toLowerCase()}${line.slice(1).replace(/\.$/, '')}`;
}

function inspectObject(
  value: unknown,
  type: Extract<GraphQLInputType, { getFields(): unknown }>,
  place: string,
  report: Report,
): void {
  if (typeof value !== 'object' || Array.isArray(value)) {
    report(place, `must be an object of type ${type.name}`);
    return;
  }
  const given = value as Readonly<Record<string, unknown>>;
  const fields = type.getFields();
  for (const field of Object.values(fields)) {
    const at = `${place}.${field.name}`;
    if (Object.hasOwn(given, field.name) && given[field.name] !== undefined)
      inspect(given[field.name], field.type, at, report);
    else if (isNonNullType(field.type) && field.defaultValue === undefined)
      report(at, `is required: a value of type ${field.type} is expected, and none came`);
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(fields, name)) report(unknownPlace(place, name), `is no field of ${type.name}`);
  if (type.isOneOf) {
    const present = Object.values(given).filter((member) => member !== undefined);
    if (present.length !== 1 || present[0] === null)
      report(place, `must have exactly one field that is not null, as ${type.name} demands`);
  }
}

/** A name is told back only where it could be a field's: what else stands there may be anything. */
function unknownPlace(place: string, name: string): string {
  return /^[_A-Za-z]\w{0,63}$/.test(name) ? `${place}.${name}` : `${place}.…`;
}

function fits(value: unknown, type: { parseValue(value: unknown): unknown }): boolean {
  try {
    return type.parseValue(value) !== undefined;
  } catch {
    return false;
  }
}
