import { type DocumentNode, type ExecutionResult, GraphQLError } from 'graphql';
import { toError } from '../errors.ts';
import type { ApolloContext } from './answer-plugin.ts';
import type { Asked } from './apollo.ts';
import type { FoundDocument, KnownDocuments } from './known-documents.ts';
import { askedOperation, type Passage } from './passage.ts';

type Execute = (document: DocumentNode, asked: Asked, context: ApolloContext) => Promise<ExecutionResult>;

/**
 * What Apollo Server calls once a document is valid: what was not known of it is learned, and whoever asks it for the first
 * time passes the gate here. Nothing is executed for a request that may not pass; `found.refused` tells why.
 */
export function executorOf(
  { documents, passage }: { readonly documents: KnownDocuments; readonly passage: Passage },
  execute: Execute,
): (resolved: FoundDocument, asked: Asked, context: ApolloContext) => Promise<ExecutionResult> {
  return async (resolved, asked, context) => {
    const { request, run, report, found } = context;
    // Which operation is meant cannot be told: graphql-js says so.
    if (resolved.operation === undefined) return execute(resolved.document, asked, context);
    const known =
      context.known ??
      documents.learn(request.query, request.operationName, { ...resolved, operation: resolved.operation });
    found.known = known;
    if (context.known === undefined) {
      try {
        const operation = askedOperation(known, asked.variables);
        report.estimatedCost = operation.cost;
        await passage.pass(operation, run);
      } catch (thrown) {
        found.refused = toError(thrown);
        return { errors: [new GraphQLError('The operation was refused.')] };
      }
    }
    const result = await execute(resolved.document, asked, context);
    if (result.data !== undefined) report.actualCost = known.cost.actual(result.data);
    return result;
  };
}
