import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const decimalText = /^-?\d{1,100}(\.\d{1,100})?$/;
const integerText = /^-?\d{1,19}$/;
const [leastInt64, greatestInt64] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * An exact decimal number: always text in answers, digits and trailing zeros as the backend gave them (`12.30`). Takes
 * text or an integer; a JSON number with a fraction has lost its digits already and is refused.
 */
export const Decimal = exactScalar(
  'Decimal',
  'An exact decimal number as text: `12.30`.',
  'a decimal number as text, or a whole number: "12.30"',
  (text) => decimalText.test(text),
);

/** A 64-bit integer: always text in answers, exact where a JSON number is not. Takes text or a safe integer. */
export const Int64 = exactScalar(
  'Int64',
  'A 64-bit integer as text: `9007199254740993`.',
  'a whole number of 64 bits, as text where it is beyond 2^53: "9007199254740993"',
  (text) => {
    if (!integerText.test(text)) return false;
    const value = BigInt(text);
    return value >= leastInt64 && value <= greatestInt64;
  },
);

function exactScalar(
  name: string,
  description: string,
  /** In words, for those who got it wrong. */
  expected: string,
  holds: (text: string) => boolean,
): GraphQLScalarType<string> {
  const exact = (value: unknown, node?: ValueNode): string => {
    const text = typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text === 'string' && holds(text)) return text;
    throw new GraphQLError(`\`${name}\` must be ${expected}.`, node && { nodes: node });
  };
  return new GraphQLScalarType<string>({
    name,
    description,
    serialize: (value) => exact(value),
    parseValue: (value) => exact(value),
    parseLiteral: (node) =>
      exact(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined, node),
  });
}
