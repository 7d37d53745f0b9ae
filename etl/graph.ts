import { setTimeout as pause } from 'node:timers/promises';

/** The served graph, as its clients ask it. */
export interface Graph {
  /**
   * The `data` of an answer without errors: a page with a hole in it is not taken for the whole. What may pass by itself
   * is asked again, five times at most.
   *
   * @throws GraphError
   */
  ask(
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** One line for people; the URL is not in it, it may hold a password. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

export interface GraphOptions {
  readonly url: string;
  /** Sent as `X-API-Key`. */
  readonly apiKey?: string | undefined;
  /** The first pause before asking again, in milliseconds; it doubles each time. @default 250 */
  readonly pauseMs?: number;
}

const attempts = 5;
const timeoutMs = 60_000;
const maxPauseMs = 30_000;

/** Failures of a moment, by their codes; what the query itself has wrong is not asked twice. */
const passing = /^(UPSTREAM_|DEADLINE_|RATE_LIMITED|OVERLOADED|SERVER_)/;

/** @param options.url of the endpoint: `http://127.0.0.1:4000/graphql` */
export function openGraph({ url, apiKey, pauseMs = 250 }: GraphOptions): Graph {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new GraphError('The URL of the graph must begin with http:// or https://.');
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
    ...(apiKey ? { 'x-api-key': apiKey } : {}),
  };
  return {
    async ask(query, variables) {
      const body = JSON.stringify({ query, variables });
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await askOnce(url, headers, body);
        if ('data' in outcome) return outcome.data;
        if (!outcome.mayPass || attempt === attempts) throw new GraphError(outcome.problem);
        await pause(Math.min(outcome.afterMs ?? pauseMs * 2 ** (attempt - 1), maxPauseMs));
      }
    },
  };
}

type Outcome =
  | { readonly data: Readonly<Record<string, unknown>> }
  | { readonly problem: string; readonly mayPass: boolean; readonly afterMs?: number | undefined };

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message?: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

async function askOnce(url: string, headers: Record<string, string>, body: string): Promise<Outcome> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
    text = await response.text();
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return { problem: `The graph cannot be reached (${code ?? (error as Error).name}).`, mayPass: true };
  }
  // What stands before the graph answers with a page of its own while nothing stands behind it.
  const isForNow = response.status === 429 || response.status >= 500;
  const answer = answerIn(text);
  if (answer === undefined) {
    const problem = isForNow
      ? `The graph answered HTTP ${response.status}.`
      : 'What answers at the URL of the graph is no GraphQL server.';
    return { problem, mayPass: isForNow };
  }
  const [first] = answer.errors ?? [];
  if (first === undefined && response.ok && answer.data) return { data: answer.data };
  const code = first?.extensions?.code ?? `HTTP ${response.status}`;
  const place = first?.path ? ` at \`${first.path.join('.')}\`` : '';
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    problem: `The graph answered ${code}${place}${first?.message ? `: ${first.message}` : '.'}`,
    mayPass: passing.test(code) || isForNow,
    afterMs: Number.isFinite(retryAfter) ? retryAfter * 1_000 : undefined,
  };
}

function answerIn(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}
