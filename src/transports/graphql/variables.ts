import {
  coerceInputValue,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  specifiedScalarTypes,
  type TypeNode,
  typeFromAST,
} from 'graphql';
import { TributaryError } from '../../errors.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** An input's variables: names, and values as JSON. */
export type WrittenVariables = readonly (readonly [name: string, json: string])[];

interface Variable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly required: boolean;
}

/**
 * Compiles how inputs become variables. A value that does not fit its declared type is refused here, so that it fails alone
 * and never a document that many share; of types that no schema tells, anything fits.
 *
 * Writing throws `BAD_USER_INPUT`, naming the input, for what is missing, does not fit, has no variable, or is no
 * well-formed Unicode.
 */
export function compileVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  schema: GraphQLSchema | undefined,
  service: string,
): (input: Inputs) => WrittenVariables {
  const unacceptable = (name: string, problem: string, detail?: string): TributaryError =>
    new TributaryError('BAD_USER_INPUT', `\`${name}\` ${problem}.`, {
      service,
      ...(detail !== undefined && { detail }),
    });
  const variables = variableDefinitions.map(({ variable, type, defaultValue }): Variable => {
    const known =
      schema === undefined ? typeOf(type) : (typeFromAST(schema, type as never) as GraphQLInputType);
    return {
      name: variable.name.value,
      type: known,
      required: type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined,
    };
  });
  const jsonOf = (value: unknown, { name, type }: Variable): string => {
    coerceInputValue(value, type, (path, _, { message }) => {
      throw unacceptable([name, ...path].join('.'), 'is no value that the service takes', message);
    });
    const json = JSON.stringify(value);
    if (isIllFormed(json)) throw unacceptable(name, 'is not well-formed Unicode');
    return json;
  };
  const names = new Set(variables.map(({ name }) => name));
  return (input) => {
    for (const name in input)
      if (!names.has(name) && input[name] !== undefined)
        throw unacceptable(name, 'is no variable of the document');
    const written: [string, string][] = [];
    for (const variable of variables) {
      const value = Object.hasOwn(input, variable.name) ? input[variable.name] : undefined;
      if (value !== undefined) written.push([variable.name, jsonOf(value, variable)]);
      else if (variable.required) throw unacceptable(variable.name, 'is missing');
    }
    return written;
  };
}

/** JSON escapes what has no UTF-8 form; servers that are not written in JavaScript refuse the whole body for it. */
function isIllFormed(json: string): boolean {
  return json.includes('\\ud') && /\\ud[89a-f]/.test(json.replaceAll('\\\\', ''));
}

function typeOf(node: TypeNode): GraphQLInputType {
  if (node.kind === Kind.NON_NULL_TYPE)
    return new GraphQLNonNull(typeOf(node.type) as GraphQLScalarType | GraphQLList<GraphQLInputType>);
  if (node.kind === Kind.LIST_TYPE) return new GraphQLList(typeOf(node.type));
  const name = node.name.value;
  return specifiedScalarTypes.find((type) => type.name === name) ?? new GraphQLScalarType({ name });
}
