import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { type ErrorCode, TributaryError } from '../errors.ts';
import type { ReturnedHeaders } from '../operations/returned-headers.ts';
import { statusWithoutData } from './answer-status.ts';
import type { Explanation } from './explain/explanation.ts';
import { failedFields } from './failed-fields.ts';
import type { GraphQLHttpRequest } from './http-answer.ts';
import type { HttpRun, RunReport } from './http-run.ts';
import type { KnownDocument } from './known-documents.ts';
import { type ShownError, showError, showErrors } from './shown-errors.ts';
import type { Watcher } from './watcher.ts';

/** What Apollo Server hands from its door to the executor and to the plugin. */
export interface ApolloContext {
  readonly request: GraphQLHttpRequest;
  /** Where the document was known before: then its request has passed the gate. */
  readonly known: KnownDocument | undefined;
  readonly run: HttpRun;
  readonly report: RunReport;
  readonly watcher: Watcher | undefined;
  /** What is told of the request, where it is to be explained. */
  readonly explanation: Explanation | undefined;
  readonly returned: ReturnedHeaders;
  /** Apollo Server copies the context, but not what is in it. */
  readonly found: Findings;
}

/** What came to light on the way. */
export interface Findings {
  /** Set where the document was found valid, and the operation in it is to be executed. */
  known: KnownDocument | undefined;
  /** Set where the operation may not be executed. */
  refused: Error | undefined;
  /** Set where something of the answer was no longer fresh. */
  isStale: boolean;
}

type Request = GraphQLRequestContext<ApolloContext>;

/** Finishes every answer of Apollo Server in one place: masks its errors, gives it its status, and writes down what became of it. */
export function answerPlugin(): ApolloServerPlugin<ApolloContext> {
  const finish = { willSendResponse: async (request: Request): Promise<void> => finishAnswer(request) };
  return { requestDidStart: async () => finish };
}

function finishAnswer(request: Request): void {
  const { contextValue, response } = request;
  const { run, report } = contextValue;
  const { http, body } = response;
  if (body?.kind !== 'single') return;
  describe(request);
  // Told by whoever asked.
  if (contextValue.found.refused !== undefined) return;
  const { data, errors } = body.singleResult;
  const extensions = extensionsOf(contextValue);
  if (errors === undefined) {
    if (extensions !== undefined) body.singleResult = { data: data ?? null, extensions };
    return;
  }
  const shown = shownErrors(request);
  report.codes = [...new Set(shown.map((error) => error.extensions.code))];
  report.hasData = Object.values(data ?? {}).some((value) => value !== null);
  report.failedFields = fieldsOf(request);
  http.status = data === undefined ? statusWithoutData(report.codes[0] as ErrorCode, run.mediaType) : 200;
  body.singleResult = {
    errors: shown,
    ...(data === undefined ? {} : { data }),
    ...(extensions && { extensions }),
  };
}

function extensionsOf(context: ApolloContext): Record<string, unknown> | undefined {
  const { run, explanation, found } = context;
  for (const { staleHits } of run.telemetry.operations.values()) if (staleHits > 0) found.isStale = true;
  if (!found.isStale && explanation === undefined) return undefined;
  return {
    ...(found.isStale && { cache: { stale: true } }),
    ...(explanation && { explain: explanation.tell() }),
  };
}

function fieldsOf({ schema, document, operation, errors }: Request): readonly string[] {
  return document && operation && errors ? failedFields(schema, document, operation, errors) : [];
}

function shownErrors({ errors = [], response, contextValue }: Request): ShownError[] {
  const { requestId, telemetry } = contextValue.run;
  if (response.http.status === 405) {
    const refused = new TributaryError('METHOD_NOT_ALLOWED', 'Only queries can be asked with GET; use POST.');
    return [showError(refused, requestId)];
  }
  return showErrors(errors, requestId, telemetry);
}

function describe({ operation, operationName, queryHash, contextValue: { report } }: Request): void {
  report.kind = operation?.operation ?? 'none';
  report.operationName = operationName ?? undefined;
  report.document = queryHash?.slice(0, 12);
}
