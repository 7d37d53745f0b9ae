import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import type { DocumentNode, FormattedExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { type ErrorCode, TributaryError } from '../errors.ts';
import { statusWithoutData } from './answer-status.ts';
import { type CachePolicy, cachePolicyOf } from './cache-policy.ts';
import type { HttpRun, RunReport } from './http-run.ts';
import { type ShownError, showError, showErrors } from './shown-errors.ts';

/** What Apollo Server hands from its door to the executor and to the plugin. */
export interface ApolloContext {
  readonly run: HttpRun;
  readonly report: RunReport;
}

type Request = GraphQLRequestContext<ApolloContext>;

/**
 * Finishes every answer of Apollo Server in one place: masks its errors, gives it its status and its `Cache-Control`,
 * and writes down what became of it.
 */
export function answerPlugin(schema: GraphQLSchema): ApolloServerPlugin<ApolloContext> {
  const policyOf = policies(schema);
  const finish = {
    willSendResponse: async (request: Request): Promise<void> => finishAnswer(request, policyOf),
  };
  return { requestDidStart: async () => finish };
}

function finishAnswer(request: Request, policyOf: PolicyOf): void {
  const { run, report } = request.contextValue;
  const { http, body } = request.response;
  if (body?.kind !== 'single') return;
  const result = body.singleResult;
  describe(request, report);
  http.headers.set('content-type', run.mediaType);
  if (result.errors === undefined) {
    const { operation, document } = request;
    http.headers.set(
      'cache-control',
      operation && document ? header(policyOf(document, operation)) : noStore,
    );
    return;
  }
  const errors = shownErrors(request);
  report.codes = [...new Set(errors.map(({ extensions }) => extensions.code))];
  http.headers.set('cache-control', noStore);
  http.status =
    result.data === undefined ? statusWithoutData(report.codes[0] as ErrorCode, run.mediaType) : 200;
  body.singleResult = withErrors(result, errors);
}

function shownErrors({ errors = [], response, contextValue }: Request): ShownError[] {
  const { requestId, telemetry } = contextValue.run;
  if (response.http.status === 405) {
    const refused = new TributaryError('METHOD_NOT_ALLOWED', 'Only queries can be asked with GET; use POST.');
    return [showError(refused, requestId)];
  }
  return showErrors(errors, requestId, telemetry);
}

function withErrors(
  result: FormattedExecutionResult,
  errors: readonly ShownError[],
): FormattedExecutionResult {
  return result.data === undefined ? { errors } : { errors, data: result.data };
}

function describe({ operation, operationName, queryHash }: Request, report: RunReport): void {
  report.kind = operation?.operation ?? 'none';
  report.operationName = operationName ?? undefined;
  report.document = queryHash?.slice(0, 12);
}

const noStore = 'no-store';

type PolicyOf = (document: DocumentNode, operation: OperationDefinitionNode) => CachePolicy;

/** Computed once for each operation of each document. The store of documents is bounded, and the policies go with them. */
function policies(schema: GraphQLSchema): PolicyOf {
  const known = new WeakMap<OperationDefinitionNode, CachePolicy>();
  return (document, operation) => {
    let policy = known.get(operation);
    if (policy === undefined) {
      policy = cachePolicyOf(schema, document, operation);
      known.set(operation, policy);
    }
    return policy;
  };
}

function header({ maxAgeSeconds, scope }: CachePolicy): string {
  return maxAgeSeconds > 0 ? `max-age=${maxAgeSeconds}, ${scope.toLowerCase()}` : noStore;
}
