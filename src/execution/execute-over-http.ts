import { type ApolloServer, HeaderMap } from '@apollo/server';
import { TributaryError } from '../errors.ts';
import type { Cache } from '../operations/caches/cache.ts';
import type { OperationEngine } from '../operations/engine.ts';
import { ReturnedHeaders } from '../operations/returned-headers.ts';
import type { Clock } from '../util/clock.ts';
import type { ApolloContext } from './answer-plugin.ts';
import type { SelectionLimits } from './document-limits.ts';
import type { Explanation } from './explain/explanation.ts';
import type { AskedOperation } from './gate.ts';
import { type GraphQLHttpAnswer, type GraphQLHttpRequest, noStore } from './http-answer.ts';
import { emptyReport, type HttpRun } from './http-run.ts';
import type { KnownDocument, KnownDocuments } from './known-documents.ts';
import type { Passage } from './passage.ts';
import type { Landed } from './whole-answers/flights.ts';
import { wholeAnswerKey, wholeQuestion } from './whole-answers/key.ts';
import type { WholeAnswerStore } from './whole-answers/store.ts';
import type { PartsWatch } from './whole-answers/watch.ts';
import { cacheControlOf, etagOf, type WholeAnswer } from './whole-answers/whole-answer.ts';

export interface ExecutingOptions {
  readonly apollo: ApolloServer<ApolloContext>;
  readonly engine: Pick<OperationEngine, 'call'>;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly documents: KnownDocuments;
  readonly passage: Passage;
  readonly limits: SelectionLimits;
  /** Where whole answers are kept; without it none are, and none are shared. */
  readonly store: WholeAnswerStore | undefined;
  /** Whether whole answers may be given at present. @default always */
  readonly mayGiveKept?: (() => boolean) | undefined;
  /** The largest answer that is kept. */
  readonly maxAnswerBytes: number;
  /** Of the schema and its resolvers. */
  readonly version: string;
}

/** What watches an execution; at most one of the two. */
export interface Watching {
  readonly known: KnownDocument | undefined;
  /** What a known document was asked with. */
  readonly asked: AskedOperation | undefined;
  readonly explanation: Explanation | undefined;
  readonly parts: PartsWatch | undefined;
}

export type Executed = Landed<GraphQLHttpAnswer>;

/**
 * Executes a request through Apollo Server, and judges what came of it: an answer without errors, all of whose parts the
 * cache holds as they were answered, is kept and may be shared.
 */
export async function executeOverHttp(
  options: ExecutingOptions,
  request: GraphQLHttpRequest,
  run: HttpRun,
  watching: Watching,
): Promise<Executed> {
  const { apollo } = options;
  const { explanation, parts } = watching;
  const context: ApolloContext = {
    request,
    run,
    known: watching.known,
    report: { ...emptyReport(), estimatedCost: watching.asked?.cost },
    watcher: parts ?? explanation,
    explanation,
    returned: new ReturnedHeaders(),
    found: { known: undefined, refused: undefined, isStale: false },
  };
  const {
    status = 200,
    headers,
    body,
  } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: headOf(request, run),
    context: async () => context,
  });
  const { report, found } = context;
  if (found.refused !== undefined) throw found.refused;
  // Apollo Server refused what passed our own checks: its text is not ours to show.
  if (report.document === undefined)
    throw new TributaryError(status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
  if (body.kind !== 'complete') throw new TributaryError('INTERNAL_SERVER_ERROR');
  const known = watching.known ?? found.known;
  const isWhole = status === 200 && report.codes.length === 0 && !found.isStale;
  const whole =
    isWhole && known !== undefined && parts !== undefined
      ? await keptWhole(options, body.string, known, request, run, parts, report.actualCost)
      : undefined;
  const answer: GraphQLHttpAnswer = {
    status,
    body: body.string,
    contentType: run.mediaType,
    cacheControl: whole && known ? cacheControlOf(whole, known.policy.scope) : noStore,
    etag: whole?.etag,
    allow: headers.get('allow'),
    isPublic: whole !== undefined && known?.policy.scope === 'public',
    // Of this request alone: an answer that others may get has none.
    returned: whole === undefined ? context.returned.list : undefined,
    report,
  };
  return { answer, whole };
}

/** The answer as one that may be shared, and kept where it is not too large; nothing where it may not be. */
async function keptWhole(
  { cache, clock, store, maxAnswerBytes, version }: ExecutingOptions,
  body: string,
  known: KnownDocument,
  request: GraphQLHttpRequest,
  run: HttpRun,
  parts: PartsWatch,
  cost: number | undefined,
): Promise<WholeAnswer | undefined> {
  const { policy } = known;
  if (policy.obstacle !== undefined || !parts.keepsTo(policy)) return undefined;
  if (parts.freshUntil(cache, run.caller) === undefined) return undefined;
  const key = wholeAnswerKey(wholeQuestion(known, request.variables), known, run, version);
  const tags = parts.tags();
  const keeps = store !== undefined && key !== undefined && Buffer.byteLength(body) <= maxAnswerBytes;
  const stamps = keeps ? await store.stamp(key, tags) : [];
  // Looked at again, after the versions of the tags were taken: an eviction in between shows in the parts.
  const partsUntil = parts.freshUntil(cache, run.caller);
  const madeAt = clock.now();
  if (partsUntil === undefined || partsUntil <= madeAt) return undefined;
  const freshUntil = Math.min(partsUntil, madeAt + policy.maxAgeMs);
  const whole = {
    body,
    etag: etagOf(body, run.mediaType),
    madeAt,
    freshUntil,
    ...(cost !== undefined && { cost }),
  };
  if (keeps) store.keep(key, tags, stamps, whole);
  return whole;
}

function headOf({ method, query, operationName, variables, headers }: GraphQLHttpRequest, run: HttpRun) {
  return {
    method,
    headers: headersFor(headers, run),
    search: method === 'GET' ? searchOf(query, operationName, variables) : '',
    body:
      method === 'GET'
        ? undefined
        : { query, operationName: operationName ?? null, variables: variables ?? null },
  };
}

/** Apollo Server reads these alone, so it gets no others: no credential passes it. */
function headersFor(headers: GraphQLHttpRequest['headers'], { mediaType }: HttpRun): HeaderMap {
  const map = new HeaderMap([['accept', mediaType]]);
  for (const name of ['content-type', 'x-apollo-operation-name', 'apollo-require-preflight'] as const) {
    const value = headers[name];
    if (value !== undefined) map.set(name, value);
  }
  return map;
}

function searchOf(
  query: string,
  operationName: string | undefined,
  variables: GraphQLHttpRequest['variables'],
): string {
  const search = new URLSearchParams({ query });
  if (operationName !== undefined) search.set('operationName', operationName);
  if (variables !== undefined) search.set('variables', JSON.stringify(variables));
  return `?${search}`;
}
