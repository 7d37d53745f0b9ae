import { HeaderMap } from '@apollo/server';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { TributaryError } from '../errors.ts';
import type { OperationEngine } from '../operations/engine.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { answerPlugin } from './answer-plugin.ts';
import { startApollo } from './apollo.ts';
import { type DocumentLimits, scanDocument } from './document-scan.ts';
import { type ExecutionContext, execute, type OperationRequest } from './execute.ts';
import { emptyReport, type HttpRun, type RunReport } from './http-run.ts';
import { type ShownError, showErrors } from './shown-errors.ts';

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  readonly engine: Pick<OperationEngine, 'call'>;
  readonly telemetry: Telemetry;
  readonly config: {
    readonly introspection: boolean;
    readonly limits: DocumentLimits & { readonly maxDocuments: number };
  };
}

/** Executes operations against one schema. */
export interface Execution {
  /** Any operation, wherever it came from. The document must be valid; the result holds nothing that a client may not read. */
  execute(request: OperationRequest): Promise<OperationResult>;
  /** A GraphQL request that came over HTTP. Rejects with errors of the table where it is no GraphQL request. */
  answer(request: GraphQLHttpRequest, run: HttpRun): Promise<GraphQLHttpAnswer>;
  close(): Promise<void>;
}

export interface OperationResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly ShownError[];
}

/** A request whose form was checked: method, media types, members of the body. */
export interface GraphQLHttpRequest {
  readonly method: 'GET' | 'POST';
  /** The query string with its `?`, or nothing. */
  readonly search: string;
  readonly body: unknown;
  readonly query: string;
  /** The headers that decide about cross-site requests; no others are needed. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface GraphQLHttpAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: string;
  readonly report: RunReport;
}

/** Starts execution: the one door, and Apollo Server in front of it for what comes over HTTP. */
export async function openExecution(options: ExecutionOptions): Promise<Execution> {
  const { schema, engine, telemetry, config } = options;
  renewBeforeMutations(schema);
  const apollo = await startApollo({
    schema,
    introspection: config.introspection,
    maxDocuments: config.limits.maxDocuments,
    plugins: [answerPlugin(schema)],
    log: telemetry.log,
    execute: (document: DocumentNode, asked, { run }) =>
      execute(schema, engine, {
        document,
        ...asked,
        caller: run.caller,
        signal: run.signal,
        abort: run.abort,
        deadline: run.deadline,
        requestId: run.requestId,
        trace: run.telemetry.trace,
      }),
  });
  return {
    async execute(request) {
      const { data, errors } = await execute(schema, engine, request);
      const shown = errors && showErrors(errors, request.requestId, silent(telemetry, request.requestId));
      return { ...(shown === undefined ? {} : { errors: shown }), ...(data === undefined ? {} : { data }) };
    },
    async answer(request, run) {
      scanDocument(request.query, config.limits);
      const report = emptyReport();
      const head = {
        method: request.method,
        headers: headersFor(request, run),
        search: request.search,
        body: request.body,
      };
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: head,
        context: async () => ({ run, report }),
      });
      // Apollo Server refused what passed our own checks: its text is not ours to show.
      if (report.document === undefined) throw refusal(answer.status);
      if (answer.body.kind !== 'complete') throw new TributaryError('INTERNAL_SERVER_ERROR');
      return { status: answer.status ?? 200, headers: answer.headers, body: answer.body.string, report };
    },
    close: () => apollo.stop(),
  };
}

/** What a write changed must be seen by what follows it: each root field of a mutation starts with fresh loaders. */
function renewBeforeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = (source, args, context: ExecutionContext, info) => {
      context.renew();
      return resolve(source, args, context, info);
    };
  }
}

/** Apollo Server reads these alone, so it gets no others: no credential passes it. */
function headersFor({ headers }: GraphQLHttpRequest, { mediaType }: HttpRun): HeaderMap {
  const map = new HeaderMap([['accept', mediaType]]);
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, value);
  return map;
}

function refusal(status = 500): TributaryError {
  return new TributaryError(status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
}

function silent({ log }: Telemetry, requestId: string) {
  return {
    failed: ({ error }: { error: Error }) => log.warn({ requestId, error }, 'An operation failed.'),
  };
}
