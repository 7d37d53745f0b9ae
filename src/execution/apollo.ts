import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Log } from '../telemetry/log.ts';
import type { ApolloContext } from './answer-plugin.ts';
import { documentStore } from './document-store.ts';
import type { FoundDocument } from './known-documents.ts';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly maxDocuments: number;
  readonly plugins: readonly ApolloServerPlugin<ApolloContext>[];
  readonly log: Log;
  readonly execute: (
    resolved: FoundDocument,
    asked: Asked,
    context: ApolloContext,
  ) => Promise<ExecutionResult>;
}

/** What of a request the executor needs beside its document. */
export interface Asked {
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Starts an Apollo Server that does as little as can be: it reads the request, parses, validates, keeps documents and
 * hands them to our executor. Every plugin that it installs by itself is switched off: they wrap resolvers, load pages
 * from elsewhere or report to somebody.
 */
export async function startApollo(options: ApolloOptions): Promise<ApolloServer<ApolloContext>> {
  const server = new ApolloServer<ApolloContext>({
    gateway: gatewayOf(options),
    introspection: options.introspection,
    documentStore: documentStore(options.maxDocuments),
    // The hashes of clients would decide what is executed; documents are registered by other means.
    persistedQueries: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    stringifyResult: JSON.stringify,
    logger: loggerOf(options.log),
    plugins: [
      ...options.plugins,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  return server;
}

/** The hook that Apollo Server has for its federation gateway: a schema, and an executor in place of its own. */
function gatewayOf({
  schema,
  execute,
}: ApolloOptions): ApolloServerOptionsWithGateway<ApolloContext>['gateway'] {
  return {
    async load() {
      return {
        executor: ({ document, operation, queryHash, request, context }) =>
          execute(
            { document, operation, hash: queryHash },
            { operationName: request.operationName, variables: request.variables },
            context as unknown as ApolloContext,
          ) as never,
      };
    },
    onSchemaLoadOrUpdate(listener) {
      listener({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    async stop() {},
  };
}

/** Apollo Server tells of its own trouble in text. */
function loggerOf(log: Log) {
  const with_ =
    (level: 'debug' | 'warn' | 'error') =>
    (text: unknown): void =>
      log[level]({ detail: String(text) }, 'Apollo Server');
  return { debug: with_('debug'), info: with_('debug'), warn: with_('warn'), error: with_('error') };
}
