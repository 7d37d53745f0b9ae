/** Which contract of the one schema a caller sees. */
export type Audience = 'OPEN' | 'PARTNER' | 'INTERNAL';

/** Every audience, from the one that sees least. */
export const audiences: readonly Audience[] = Object.freeze(['OPEN', 'PARTNER', 'INTERNAL'] as const);

/** Who is calling. Every cache scope is derived from it. */
export interface Caller {
  /** Stable and unique among callers: part of keys of scope `caller`. Never a secret. */
  readonly id: string;
  readonly audience: Audience;
  /** The organisation the caller belongs to: part of keys of scope `tenant`. */
  readonly tenant: string | undefined;
  /** Whether somebody proved who is calling. @default false */
  readonly isAuthenticated?: boolean;
  /** What the caller was granted: `@requiresScopes` asks for it. @default none */
  readonly scopes?: ReadonlySet<string>;
  /** What is known of the caller, by name: `@owner` compares it with what an object says. @default none */
  readonly claims?: Readonly<Record<string, string>>;
  /** The app whose key or token it is. Quota and usage belong to it. */
  readonly app?: string | undefined;
  /** The public id of the key that was used; never the key. */
  readonly key?: string | undefined;
  /** The person whom a token names. */
  readonly user?: string | undefined;
  /** Names the limits that count for the caller. */
  readonly plan?: string | undefined;
  /** Whether the caller may run registered operations only. @default false */
  readonly registeredOnly?: boolean;
}

/** The caller of every request while nothing tells callers apart. */
export const everyone: Caller = Object.freeze({ id: 'everyone', audience: 'INTERNAL', tenant: undefined });

/**
 * What decides which fields and objects a caller may see beside the audience, as a text: two callers with equal rights see
 * the same. Part of the key of whatever is shared between callers and was judged by their rights.
 */
export function rightsOf(caller: Caller): string {
  const known = rights.get(caller);
  if (known !== undefined) return known;
  const { isAuthenticated = false, scopes = [], claims = {}, tenant = '' } = caller;
  const sorted = Object.entries(claims).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify([isAuthenticated, [...scopes].sort(), tenant, sorted]);
  rights.set(caller, text);
  return text;
}

// A caller is the same object for as long as its credentials are known, so this is worked out once.
const rights = new WeakMap<Caller, string>();
