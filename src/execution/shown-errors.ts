import { GraphQLError, type SourceLocation } from 'graphql';
import { type ErrorCode, errorTable, isTributaryError, TributaryError } from '../errors.ts';
import type { RequestTelemetry } from '../telemetry/telemetry.ts';

/** An error as a client reads it (GraphQL spec §7.1.2). */
export interface ShownError {
  readonly message: string;
  readonly locations?: readonly SourceLocation[];
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: ErrorCode;
    readonly requestId: string;
    /** Whether asking again, unchanged, may succeed. */
    readonly retryable: boolean;
    /** The datasource that failed. */
    readonly service?: string;
    readonly [shown: string]: unknown;
  };
}

/** Codes that graphql-js and Apollo Server give to mistakes in the document; their messages speak of the document alone. */
const documentCodes: readonly unknown[] = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
];

/**
 * Turns errors into what a client may read. An error of the table passes with its own message, a mistake in the document
 * with graphql-js's, without suggestions; everything else is masked as `INTERNAL_SERVER_ERROR`.
 *
 * What failed is told to the request's telemetry, an error that failed many fields once.
 */
export function showErrors(
  errors: readonly GraphQLError[],
  requestId: string,
  telemetry: Pick<RequestTelemetry, 'failed'>,
): ShownError[] {
  const told = new Map<
    unknown,
    { fields: number; readonly error: Error; readonly path: string | undefined }
  >();
  const shown: ShownError[] = [];
  for (const error of errors) {
    const known = knownError(error);
    // What is masked is wrapped anew for each field; what was thrown is one.
    const thrown = known.code === 'INTERNAL_SERVER_ERROR' ? (known.cause ?? known) : known;
    const seen = told.get(thrown);
    if (seen === undefined) told.set(thrown, { fields: 1, error: known, path: error.path?.join('.') });
    else seen.fields += 1;
    shown.push(show(known, error, requestId));
  }
  for (const failure of told.values()) telemetry.failed(failure);
  return shown;
}

/** One error without a place in a document: what is wrong with the request as a whole. */
export function showError(error: TributaryError, requestId: string): ShownError {
  return show(error, undefined, requestId);
}

/** Whatever was thrown, as an error of the table; the original stays underneath, for the log. */
export function knownError(thrown: unknown): TributaryError {
  if (isTributaryError(thrown)) return masksNothing(thrown);
  if (thrown instanceof GraphQLError) return knownGraphQLError(thrown);
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { cause: thrown });
}

/** A code that the table lacks comes from another version of the package: nobody has judged its message. */
function masksNothing(error: TributaryError): TributaryError {
  return Object.hasOwn(errorTable, error.code)
    ? error
    : new TributaryError('INTERNAL_SERVER_ERROR', undefined, { cause: error });
}

function knownGraphQLError(error: GraphQLError): TributaryError {
  const original = error.originalError;
  if (isTributaryError(original)) return masksNothing(original);
  if (error.path === undefined && documentCodes.includes(error.extensions.code)) return documentError(error);
  if (isArgumentError(error))
    return new TributaryError('BAD_USER_INPUT', 'An argument of this field has no acceptable value.');
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { cause: original ?? error });
}

function documentError(error: GraphQLError): TributaryError {
  if (error.extensions.validationErrorCode === 'INTROSPECTION_DISABLED')
    return new TributaryError('INTROSPECTION_DISABLED');
  const code = error.extensions.code as ErrorCode;
  // What the parser throws when it fails itself (an overflow of its stack) is no message for clients.
  if (error.originalError !== undefined && !(error.originalError instanceof GraphQLError))
    return new TributaryError(code, undefined, { cause: error.originalError });
  return new TributaryError(code, withoutSuggestions(error.message));
}

/** graphql-js appends names of the schema that a client may not know of. */
function withoutSuggestions(message: string): string {
  const end = message.indexOf('Did you mean ');
  return end === -1 ? message : message.slice(0, end).trimEnd();
}

/** An argument that only turned out at run time to have no value: it points at a node, and was thrown by graphql-js. */
function isArgumentError({ originalError }: GraphQLError): boolean {
  return originalError instanceof GraphQLError && (originalError.nodes?.length ?? 0) > 0;
}

function show(known: TributaryError, place: GraphQLError | undefined, requestId: string): ShownError {
  const { code, message, service, shown, retryAfterMs } = known;
  return {
    message: code === 'INTERNAL_SERVER_ERROR' ? errorTable[code].message : message,
    ...(place?.locations === undefined ? {} : { locations: place.locations }),
    ...(place?.path === undefined ? {} : { path: place.path }),
    extensions: {
      ...shown,
      code,
      requestId,
      retryable: errorTable[code].retryable,
      ...(service === undefined ? {} : { service }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  };
}
