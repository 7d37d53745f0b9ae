/** Which contract of the one schema a caller sees. */
export type Audience = 'OPEN' | 'PARTNER' | 'INTERNAL';

/** Who is calling. Every cache scope is derived from it. */
export interface Caller {
  /** Stable and unique among callers: part of keys of scope `caller`. */
  readonly id: string;
  readonly audience: Audience;
  /** The organisation the caller belongs to: part of keys of scope `tenant`. */
  readonly tenant: string | undefined;
}

/** The caller of every request while nothing tells callers apart. */
export const everyone: Caller = Object.freeze({ id: 'everyone', audience: 'INTERNAL', tenant: undefined });
