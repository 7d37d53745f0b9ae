import { type DocumentNode, parse, Source } from 'graphql';

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
`;

export const contractPlace = 'the standard directives';

/** The same as a document, to stand beside the project's own. */
export const contractDocument: DocumentNode = parse(new Source(contractDirectives, contractPlace));
