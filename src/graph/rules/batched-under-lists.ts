import {
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isBound } from '../draft.ts';
import type { Rule } from './rule.ts';

/**
 * An operation that cannot batch makes a request for each object of a list: the binding must say how many to expect.
 * Resolver functions are not looked into.
 */
export const batchedUnderLists: Rule = ({ schema, fields }) => {
  if (schema === undefined) return [];
  const listed = typesUnderLists(schema);
  return fields.filter(isBound).flatMap(({ coordinate, place, type, entry }) => {
    const { operation, options } = entry;
    if (operation === undefined || operation.info.batched || !listed.has(type)) return [];
    const { fanOut } = options;
    if (fanOut !== undefined && Number.isInteger(fanOut) && fanOut > 0) return [];
    const problem = { place, subject: coordinate };
    if (fanOut !== undefined) {
      const message = `\`fanOut\` is ${String(fanOut)}: it says how many different inputs to expect at most.`;
      return { ...problem, message, mend: 'Write a whole number from 1.' };
    }
    return {
      ...problem,
      message: `\`${type.name}\` stands in lists, and \`${operation.info.name}\` makes one request for each of them.`,
      mend: 'Bind an operation that batches (`merge`, `keys`, a multicall), or say `{ fanOut: n }` where few different inputs are sure.',
    };
  });
};

/** The object types of which one answer can hold many: those that a list leads to, however far away. */
export function typesUnderLists(schema: GraphQLSchema): ReadonlySet<GraphQLNamedType> {
  const [alone, listed] = [new Set<GraphQLNamedType>(), new Set<GraphQLNamedType>()];
  const visit = (type: GraphQLNamedType, underList: boolean): void => {
    const seen = underList ? listed : alone;
    if (!isCompositeType(type) || seen.has(type)) return;
    seen.add(type);
    if (isAbstractType(type)) for (const member of schema.getPossibleTypes(type)) visit(member, underList);
    if (!isObjectType(type)) return;
    for (const field of Object.values(type.getFields()))
      visit(getNamedType(field.type), underList || hasList(field.type));
  };
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
    if (root) visit(root, false);
  return listed;
}

function hasList(type: GraphQLOutputType): boolean {
  if (isListType(type)) return true;
  return isNonNullType(type) && isListType(type.ofType);
}
