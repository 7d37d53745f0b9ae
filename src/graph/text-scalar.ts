import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/**
 * A scalar of a graph project: text of a form. Another text is refused in words, as an argument and in an answer.
 *
 * @param name as the contract declares it
 * @param form that the whole text must have
 * @param expected what the form is, in words, for those who got it wrong: `8 to 100 letters or digits`
 * @example export const Plate = textScalar('Plate', /^[A-Z\d-]{2,12}$/, '2 to 12 capital letters, digits and hyphens');
 */
export function textScalar(name: string, form: RegExp, expected: string): GraphQLScalarType<string> {
  // A pattern that keeps its place between texts, or finds only a part, would let others pass.
  const whole = new RegExp(`^(?:${form.source})$`, form.flags.replace(/[gym]/g, ''));
  const checked = (value: unknown, node?: ValueNode): string => {
    if (typeof value === 'string' && whole.test(value)) return value;
    throw new GraphQLError(`\`${name}\` must be ${expected}.`, node && { nodes: node });
  };
  return new GraphQLScalarType<string>({
    name,
    serialize: (value) => checked(value),
    parseValue: (value) => checked(value),
    // With its place: graphql-js finds none for an error of a scalar.
    parseLiteral: (node) => checked(node.kind === Kind.STRING ? node.value : undefined, node),
  });
}
