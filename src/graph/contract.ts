import { type DocumentNode, Kind, parse, Source } from 'graphql';

/**
 * The directives that speak of the contract itself. Every project may use them without declaring them; whatever else
 * stands behind an `@` is an error at start-up.
 */
export const contractDirectives = /* GraphQL */ `
"How long an answer with this field or type may be kept by clients and in between: the shortest time of an answer counts."
directive @cacheControl(
  "In seconds, as the HTTP header has it."
  maxAge: Int
  "\`PRIVATE\` keeps the answer out of caches that callers share."
  scope: CacheControlScope
  "Takes the time of the field around it."
  inheritMaxAge: Boolean
) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

"Who may keep an answer."
enum CacheControlScope {
  PUBLIC
  PRIVATE
}

"Whose contract it is part of; for everybody else it does not exist. Without it: for whoever sees what it belongs to."
directive @audience(only: [Audience!]!) on OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | INTERFACE | UNION | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCALAR

"Which contract of the one schema a caller sees."
enum Audience {
  "Everybody."
  OPEN
  "Callers with a partner's credentials."
  PARTNER
  "The company's own callers."
  INTERNAL
}

"Only for callers who proved who they are: for all others the field is null, with \`FORBIDDEN\`, and nothing is asked of a backend."
directive @authenticated on OBJECT | FIELD_DEFINITION | INTERFACE

"Only for callers who were granted all scopes of one of the lists: for all others the field is null, with \`FORBIDDEN\`."
directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION | INTERFACE

"Worth guarding: an operation may ask for one such root field at most, once."
directive @sensitive on OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | INTERFACE

"Whose an object is: for callers whose claim is another one, it is missing."
directive @owner(
  "The property of the source shape that holds the owner."
  field: String!
  "What of the caller it is compared with: \`tenant\`, or the name of a claim."
  claim: String!
) on OBJECT

"What it costs to ask for this. Without it an object costs 1, and a scalar nothing."
directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR

"How many items a list may have."
directive @listSize(
  "Where nothing else tells."
  assumedSize: Int
  "Arguments of the field that say how many items are wanted."
  slicingArguments: [String!]
  "Exactly one slicing argument must be given; none, only where there is an \`assumedSize\`."
  requireOneSlicingArgument: Boolean = true
  "The size is that of these lists of the object that the field gives: \`nodes\` of a page."
  sizedFields: [String!]
) on FIELD_DEFINITION
`;

export const contractPlace = 'the standard directives';

/** The same as a document, to stand beside the project's own. */
export const contractDocument: DocumentNode = parse(new Source(contractDirectives, contractPlace));

/** The names of these directives. */
export const contractDirectiveNames: ReadonlySet<string> = new Set(
  contractDocument.definitions.flatMap((node) =>
    node.kind === Kind.DIRECTIVE_DEFINITION ? node.name.value : [],
  ),
);

/** Those that every audience may read of: they say how long to keep an answer and what it costs, not who may ask. */
export const openDirectiveNames: ReadonlySet<string> = new Set(['cacheControl', 'cost', 'listSize']);
