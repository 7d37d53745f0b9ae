import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { SoapFault } from '../../formats/soap/fault.ts';

/** What a fault means: an error, `null` where it stands for the answer `null`, or whatever a member of its detail says. */
export type FaultMeaning = ErrorCode | FaultError | FaultByMember | null;

export interface FaultError {
  readonly code: ErrorCode;
  /** What the client reads. @default the code's own sentence */
  readonly message?: string;
  /**
   * Members of the detail's element that the client sees as `extensions.fault.detail`.
   * @default none: details hold what services write for themselves
   */
  readonly show?: readonly string[];
}

/** Tells faults of one kind apart by a member of the detail's element. */
export interface FaultByMember {
  readonly member: string;
  /** By the member's value, as text. */
  readonly means: Readonly<Record<string, ErrorCode | FaultError | null>>;
  /** For all other values. @default 'DOWNSTREAM_SERVICE_ERROR' */
  readonly otherwise?: ErrorCode | FaultError | null;
}

/**
 * Which fault stands for what, by the name of an element in its detail, a subcode, the whole fault string, or the code
 * itself; what is most specific counts.
 *
 * @example { TariffFault: 'BAD_USER_INPUT', Client: 'BAD_USER_INPUT' }
 * @example { TariffFault: { member: 'code', means: { UNKNOWN_CITY: null, OUT_OF_AREA: 'BAD_USER_INPUT' } } }
 */
export type FaultMap = Readonly<Record<string, FaultMeaning>>;

/** Codes are qualified names; anything else may hold a service's text. */
const SHOWABLE = /^[\w.:-]{1,64}$/;
const MOST_DETAIL = 4_000;

/**
 * A fault as an outcome: as the map says, else `DOWNSTREAM_SERVICE_ERROR`. The client sees the fault's code as
 * `extensions.fault.code` and the members of its detail that are declared to be shown; everything goes to the log.
 */
export function outcomeOfFault(fault: SoapFault, meanings: FaultMap, service: string): Error | null {
  const found = names(fault).find(({ name }) => Object.hasOwn(meanings, name));
  const meaning = found === undefined ? 'DOWNSTREAM_SERVICE_ERROR' : meanings[found.name]!;
  const error = resolved(meaning, found?.content ?? {});
  if (error === null) return null;
  return new TributaryError(error.code, error.message, {
    service,
    detail: describe(fault),
    shown: { fault: shown(fault, error, found?.content ?? {}) },
  });
}

type Content = Readonly<Record<string, unknown>>;

/** What a fault can be known by, the most specific name first, each with the content of its element. */
function names({ detail = {}, subcodes, code, reason }: SoapFault): { name: string; content: Content }[] {
  const known: { name: string; content: Content }[] = [];
  for (const [name, value] of Object.entries(detail)) {
    if (name === 'any') for (const other of others(value)) known.push({ name: other, content: {} });
    else known.push({ name, content: isContent(value) ? value : {} });
  }
  for (const subcode of [...subcodes].reverse()) known.push({ name: localName(subcode), content: {} });
  // Some services put their own code where the words should be: INVALID_INPUT.
  known.push({ name: reason.trim(), content: {} });
  known.push({ name: code, content: {} });
  // "Client.Authentication" is a kind of "Client" (SOAP 1.1 §4.4.1).
  for (let dot = code.lastIndexOf('.'); dot > 0; dot = code.lastIndexOf('.', dot - 1)) {
    known.push({ name: code.slice(0, dot), content: {} });
  }
  return known;
}

function resolved(meaning: FaultMeaning, content: Content): FaultError | null {
  if (meaning === null) return null;
  if (typeof meaning === 'string') return { code: meaning };
  if (!('member' in meaning)) return meaning;
  const value = String(content[meaning.member]);
  const { otherwise = 'DOWNSTREAM_SERVICE_ERROR', means } = meaning;
  return resolved(Object.hasOwn(means, value) ? means[value]! : otherwise, content);
}

function shown({ code }: SoapFault, { show = [] }: FaultError, content: Content): Record<string, unknown> {
  const detail = Object.fromEntries(
    show.filter((name) => name in content).map((name) => [name, content[name]]),
  );
  return {
    ...(SHOWABLE.test(code) && { code }),
    ...(Object.keys(detail).length > 0 && { detail }),
  };
}

function describe({ code, subcodes, reason, detail }: SoapFault): string {
  const codes = [code, ...subcodes].join(' / ');
  return `Fault ${codes}: ${reason} ${JSON.stringify(detail ?? null)}`.slice(0, MOST_DETAIL);
}

/** Names of the elements in a detail that the description does not know. */
function others(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((element) => localName(String((element as { name?: unknown } | null)?.name)));
}

function localName(name: string): string {
  return name.slice(name.indexOf('}') + 1);
}

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
