import {
  GraphQLError,
  type GraphQLScalarType,
  type GraphQLSchema,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  type ValueNode,
} from 'graphql';
import { textScalar } from './text-scalar.ts';

/** The scalars that a schema declares, without those of the GraphQL specification. */
export function customScalars(schema: GraphQLSchema): readonly GraphQLScalarType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLScalarType => isScalarType(type) && !isSpecifiedScalarType(type),
  );
}

/**
 * Gives a declared scalar the behaviour of another one. The description and the directives stay those of the contract.
 */
export function implementScalar(declared: GraphQLScalarType, implementation: GraphQLScalarType): void {
  declared.serialize = implementation.serialize;
  declared.parseValue = implementation.parseValue;
  declared.parseLiteral = implementation.parseLiteral;
}

/**
 * What the package's own takes, up to a length that no number has. Its pattern needs twice as long for each digit more before a
 * character that is none: 30 digits hold the process for seconds.
 */
const phoneNumber = textScalar(
  'PhoneNumber',
  /\+?\d{1,3}[- ]?\(?\d{1,20}\)?[- ]?\d{1,20}(?:[- ]\d{1,20}){0,5}/,
  'a phone number, as `+1 (123) 456-7890`',
);

/**
 * Takes from `graphql-scalars` those scalars that it knows by name. The package is imported only where one is needed:
 * it is some hundred files.
 *
 * @returns the scalars that it does not know
 */
export async function implementKnownScalars(
  declared: readonly GraphQLScalarType[],
): Promise<readonly GraphQLScalarType[]> {
  if (declared.length === 0) return [];
  const { resolvers } = await import('graphql-scalars');
  const known: Readonly<Record<string, GraphQLScalarType>> = { ...resolvers, PhoneNumber: phoneNumber };
  return declared.filter((scalar) => {
    const implementation = known[scalar.name];
    if (implementation === undefined) return true;
    implementScalar(scalar, implementation);
    withJsonValues(scalar);
    return false;
  });
}

/**
 * Values between graph and transport are JSON, so that an answer from a cache and one from the backend are the same:
 * where the package makes a `Date` or a `bigint` of a text, the text is meant.
 */
function withJsonValues(scalar: GraphQLScalarType): void {
  const { name, serialize, parseValue, parseLiteral } = scalar;
  scalar.serialize = (value) => jsonValue(name, serialize(value));
  scalar.parseValue = (value) => jsonValue(name, parseValue(value));
  scalar.parseLiteral = (node, variables) =>
    jsonValue(
      name,
      literalOf(node, () => parseLiteral(node, variables)),
    );

  /** A whole number is a degree as well: the package takes `52` in a variable, and refuses it in a document. */
  function literalOf(node: ValueNode, parse: () => unknown): unknown {
    try {
      return parse();
    } catch (thrown) {
      if (node.kind !== Kind.INT) throw placed(thrown, node);
      try {
        return parseValue(Number(node.value));
      } catch (again) {
        throw placed(again, node);
      }
    }
  }
}

/** With its place in the document, which graphql-js does not add to an error of a scalar. */
function placed(thrown: unknown, node: ValueNode): unknown {
  if (!(thrown instanceof GraphQLError) || thrown.nodes !== undefined) return thrown;
  return new GraphQLError(thrown.message, { nodes: node, originalError: thrown.originalError ?? null });
}

function jsonValue(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Date)) return value;
  const text = value.toISOString();
  if (name === 'Date') return text.slice(0, 'YYYY-MM-DD'.length);
  return name === 'Time' ? text.slice(text.indexOf('T') + 1) : text;
}
