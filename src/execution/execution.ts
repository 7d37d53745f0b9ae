import type { GraphQLSchema } from 'graphql';
import type { Audience } from '../caller.ts';
import { type AudienceSwitch, isOnFor } from '../config/audience-switch.ts';
import type { Cache } from '../operations/caches/cache.ts';
import type { OperationEngine } from '../operations/engine.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import { answerPlugin } from './answer-plugin.ts';
import { Answering } from './answering.ts';
import { startApollo } from './apollo.ts';
import type { CostLimits } from './cost/estimate.ts';
import type { SelectionLimits } from './document-limits.ts';
import { execute, type OperationRequest } from './execute.ts';
import type { ExecutionContext } from './execution-context.ts';
import { executorOf } from './executor.ts';
import type { GraphQLHttpAnswer, GraphQLHttpRequest, KeptAnswer } from './http-answer.ts';
import type { HttpRun } from './http-run.ts';
import { KnownDocuments } from './known-documents.ts';
import { Passage } from './passage.ts';
import { AutomaticDocuments, type AutomaticOptions } from './persisted/automatic-documents.ts';
import { PersistedDocuments } from './persisted/persisted-documents.ts';
import { TrustedDocuments } from './persisted/trusted-documents.ts';
import { type ShownError, showErrors } from './shown-errors.ts';
import { WholeAnswerStore } from './whole-answers/store.ts';
import { versionOf } from './whole-answers/version.ts';

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  /** Whose contract the schema is. @default INTERNAL */
  readonly audience?: Audience;
  readonly engine: Pick<OperationEngine, 'call'>;
  readonly telemetry: Telemetry;
  /** The engine's: whole answers are kept in it, and evicted with what they are made of. */
  readonly cache: Cache;
  readonly config: {
    readonly introspection: AudienceSwitch;
    readonly limits: SelectionLimits & CostLimits & { readonly maxDocuments: number };
    readonly documents: AutomaticOptions & { readonly automatic: boolean };
    readonly wholeAnswers: { readonly enabled: boolean; readonly maxAnswerBytes: number };
  };
  /** Registered operations, by id; those that do not fit the schema are none. */
  readonly manifest?: ReadonlyMap<string, string> | undefined;
  /** Whether whole answers may be given at present: not while a part of them is switched off. @default always */
  readonly mayGiveKept?: (() => boolean) | undefined;
  readonly clock?: Clock;
  /** From 0 to 1; injected by tests. */
  readonly random?: () => number;
}

/** Executes operations against one schema. */
export interface Execution {
  /** Any operation, wherever it came from. The document must be valid; the result holds nothing that a client may not read. */
  execute(request: OperationRequest): Promise<OperationResult>;
  /**
   * A GraphQL request that came over HTTP; at once where its whole answer is kept. Throws and rejects with errors of the
   * table where it is no GraphQL request.
   */
  answer(request: GraphQLHttpRequest, run: HttpRun): GraphQLHttpAnswer | Promise<GraphQLHttpAnswer>;
  /**
   * The answer of a request by its text alone (`GraphQLHttpRequest.text`), where it was read before and its whole answer
   * is kept in this process; `undefined` where it has to be read.
   */
  kept(text: string, run: HttpRun): KeptAnswer | undefined;
  close(): Promise<void>;
}

export interface OperationResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly ShownError[];
}

/** Starts execution: the one door, and Apollo Server in front of it for what comes over HTTP. */
export async function openExecution(options: ExecutionOptions): Promise<Execution> {
  const { schema, engine, telemetry, config, cache, audience = 'INTERNAL', clock = steadyClock } = options;
  const version = versionOf(schema);
  const documents = new KnownDocuments(schema, config.limits.maxDocuments, config.limits);
  const passage = new Passage();
  const { automatic, ...automaticOptions } = config.documents;
  const prefix = `document@${version}|${audience}|`;
  const persisted = new PersistedDocuments(
    new TrustedDocuments(schema, options.manifest ?? new Map()),
    automatic ? new AutomaticDocuments(cache, clock, prefix, automaticOptions) : undefined,
  );
  renewBeforeMutations(schema);
  const apollo = await startApollo({
    schema,
    introspection: isOnFor(config.introspection, audience),
    maxDocuments: config.limits.maxDocuments,
    plugins: [answerPlugin()],
    log: telemetry.log,
    execute: executorOf({ documents, passage }, (document, asked, { run, watcher, returned }) =>
      execute(schema, engine, {
        document,
        ...asked,
        caller: run.caller,
        signal: run.signal,
        abort: (reason) => run.abort(reason),
        deadline: run.deadline,
        requestId: run.requestId,
        trace: run.telemetry.trace,
        forwarded: run.forwarded,
        returned,
        watcher,
      }),
    ),
  });
  const { enabled, maxAnswerBytes } = config.wholeAnswers;
  const answering = new Answering({
    apollo,
    engine,
    cache,
    clock,
    version,
    maxAnswerBytes,
    limits: config.limits,
    maxTexts: config.limits.maxDocuments,
    documents,
    passage,
    persisted,
    mayGiveKept: options.mayGiveKept,
    store: enabled ? new WholeAnswerStore(cache, clock, options.random) : undefined,
  });
  return {
    async execute(request) {
      const { data, errors } = await execute(schema, engine, request);
      const shown = errors && showErrors(errors, request.requestId, silent(telemetry, request.requestId));
      return { ...(shown === undefined ? {} : { errors: shown }), ...(data === undefined ? {} : { data }) };
    },
    answer: (request, run) => answering.answer(request, run),
    kept: (text, run) => answering.kept(text, run),
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

function silent({ log }: Telemetry, requestId: string) {
  return {
    failed: ({ error }: { error: Error }) => log.warn({ requestId, error }, 'An operation failed.'),
  };
}
