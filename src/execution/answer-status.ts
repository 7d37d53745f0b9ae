import { type ErrorCode, errorTable } from '../errors.ts';

/** The media types that an answer may have (GraphQL over HTTP §5). */
export const mediaTypes = {
  json: 'application/json; charset=utf-8',
  graphqlResponse: 'application/graphql-response+json; charset=utf-8',
} as const;

export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

/** Mistakes in the document or its variables: with `application/json` they travel with 200, as they always did. */
const documentErrors: readonly ErrorCode[] = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
  'INTROSPECTION_DISABLED',
];

/**
 * The HTTP status of an answer without data, by its first error. Implements "Status Codes", GraphQL over HTTP §6.4:
 * `application/graphql-response+json` tells mistakes in the document by the status, `application/json` does not. All
 * else, limits and overload among it, has its real status for both.
 */
export function statusWithoutData(code: ErrorCode, mediaType: MediaType): number {
  return mediaType === mediaTypes.json && documentErrors.includes(code) ? 200 : errorTable[code].status;
}
