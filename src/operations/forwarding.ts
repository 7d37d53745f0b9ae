import { whyNotForwarded, whyNotReturned } from './forwardable-headers.ts';

/** What a datasource over HTTP may take from the request that it is asked for, and give to its answer. */
export interface ForwardingOptions {
  /**
   * What of the client's request is sent to the service. Every operation of the datasource is then of scope `caller`.
   * @default nothing
   */
  readonly forward?: ForwardOptions;
  /**
   * Headers of the service's answers that the client's answer gets as well, where the service was asked for this very
   * request: `['x-ratelimit-remaining']`. Where several calls give the same header, the last one counts.
   * @default none
   */
  readonly returns?: readonly string[];
}

export interface ForwardOptions {
  /** The caller's bearer token, once it is verified; never an API key. @default false */
  readonly authorization?: boolean;
  /** Headers by name: `['accept-language']`. @default none */
  readonly headers?: readonly string[];
}

/** The same, as the engine reads it: names in lower case. */
export interface Forwarding {
  /** Headers that requests of the datasource take from the client's; `authorization` is the verified token. */
  readonly names: readonly string[];
  readonly returns: readonly string[];
  /** Why it cannot be so: whole sentences. Empty where it can. */
  readonly problems: readonly ForwardingProblem[];
}

export interface ForwardingProblem {
  readonly message: string;
  readonly mend: string;
}

/** What else of a datasource's options bears on it. */
export interface ForwardingSource extends ForwardingOptions {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly auth?: object;
  readonly cookies?: boolean;
}

/** The forwarding of a datasource, with all that is wrong with it; `undefined` where nothing is forwarded or returned. */
export function forwardingOf(source: ForwardingSource): Forwarding | undefined {
  const { forward, returns } = source;
  if (forward === undefined && returns === undefined) return undefined;
  const malformed = problemOfForm(forward, returns);
  if (malformed !== undefined) return { names: [], returns: [], problems: [malformed] };
  const headers = lowerCase(forward?.headers);
  const names = [...(forward?.authorization === true ? ['authorization'] : []), ...headers];
  const answered = lowerCase(returns);
  const problems = [
    ...headers.flatMap((name) => refused('forward.headers', name, whyNotForwarded(name))),
    ...answered.flatMap((name) => refused('returns', name, whyNotReturned(name))),
    ...clashes(source, names),
  ];
  return { names, returns: answered, problems };
}

/** More names than this are a mistake. */
const mostNames = 16;

function problemOfForm(forward: unknown, returns: unknown): ForwardingProblem | undefined {
  const mend =
    "Write `forward: { authorization: true, headers: ['accept-language'] }`, `returns: ['x-name']`.";
  if (forward !== undefined && (typeof forward !== 'object' || forward === null || Array.isArray(forward)))
    return { message: '`forward` is no object.', mend };
  const parts = (forward ?? {}) as Readonly<Record<string, unknown>>;
  for (const part of Object.keys(parts))
    if (part !== 'authorization' && part !== 'headers')
      return { message: `\`forward\` knows no option \`${part}\`.`, mend };
  if (parts.authorization !== undefined && typeof parts.authorization !== 'boolean')
    return { message: '`forward.authorization` is neither true nor false.', mend };
  for (const [option, names] of Object.entries({ 'forward.headers': parts.headers, returns }))
    if (names !== undefined && !isListOfNames(names))
      return { message: `\`${option}\` is no list of at most ${mostNames} headers' names.`, mend };
  return undefined;
}

function isListOfNames(names: unknown): boolean {
  return Array.isArray(names) && names.length <= mostNames && names.every((name) => typeof name === 'string');
}

function lowerCase(names: readonly string[] = []): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function refused(option: string, name: string, why: string | undefined): readonly ForwardingProblem[] {
  if (why === undefined) return [];
  // On one line, whatever is in it.
  const shown = JSON.stringify(name).slice(1, -1);
  return [
    { message: `\`${option}\` names \`${shown}\`: ${why}.`, mend: `Take \`${shown}\` out of \`${option}\`.` },
  ];
}

/** What would be sent twice, or would mix callers up. */
function clashes({ headers = {}, auth, cookies }: ForwardingSource, names: readonly string[]) {
  const problems: ForwardingProblem[] = [];
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const shown = headerOfAuth(auth);
  for (const name of names) {
    if (!own.has(name) && name !== shown) continue;
    const message = `The header \`${name}\` is forwarded, and the datasource has one of its own.`;
    problems.push({ message, mend: 'Take away one of the two.' });
  }
  if (cookies === true && names.length > 0)
    problems.push({
      message: 'A datasource that forwards what is the caller’s cannot keep the cookies of all callers.',
      mend: 'Take away `cookies` or `forward`.',
    });
  return problems;
}

/** The header that the datasource's own credentials travel in. */
function headerOfAuth(auth: object | undefined): string | undefined {
  if (auth === undefined) return undefined;
  if ('header' in auth) return String(auth.header).toLowerCase();
  return 'query' in auth ? undefined : 'authorization';
}

/** What the datasources of a project forward and return altogether; `undefined` where none does. */
export function forwardingOfAll(
  all: readonly (Forwarding | undefined)[],
): Pick<Forwarding, 'names' | 'returns'> | undefined {
  const some = all.filter((forwarding) => forwarding !== undefined);
  if (some.length === 0) return undefined;
  return {
    names: [...new Set(some.flatMap(({ names }) => names))],
    returns: [...new Set(some.flatMap(({ returns }) => returns))],
  };
}
