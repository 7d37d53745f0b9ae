import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const decimalText = /^-?\d{1,100}(\.\d{1,100})?$/;
const integerText = /^-?\d{1,19}$/;
const [leastInt64, greatestInt64] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * An exact decimal number: always text in answers, digits and trailing zeros as the backend gave them (`12.30`). Takes
 * text or an integer; a JSON number with a fraction has lost its digits already and is refused.
 */
export const Decimal = exactScalar('Decimal', 'An exact decimal number as text: `12.30`.', (text) =>
  decimalText.test(text),
);

/** A 64-bit integer: always text in answers, exact where a JSON number is not. Takes text or a safe integer. */
export const Int64 = exactScalar('Int64', 'A 64-bit integer as text: `9007199254740993`.', (text) => {
  if (!integerText.test(text)) return false;
  const value = BigInt(text);
  return value >= leastInt64 && value <= greatestInt64;
});

function exactScalar(
  name: string,
  description: string,
  holds: (text: string) => boolean,
): GraphQLScalarType<string> {
  const exact = (value: unknown): string => {
    const text = typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text === 'string' && holds(text)) return text;
    throw new GraphQLError(`Expected a value of type \`${name}\`.`);
  };
  return new GraphQLScalarType<string>({
    name,
    description,
    serialize: exact,
    parseValue: exact,
    parseLiteral: (node) =>
      exact(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined),
  });
}
