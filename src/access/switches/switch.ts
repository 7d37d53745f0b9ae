/** What can be switched off. `writes` makes the whole API read-only. */
export const switchTargets = [
  'key',
  'app',
  'operation',
  'field',
  'datasource',
  'audience',
  'writes',
] as const;

export type SwitchTarget = (typeof switchTargets)[number];

/**
 * What becomes of a datasource that is switched off: `serve-stale` still gives what is kept, however old; `fail-fast` gives
 * nothing of it. Neither asks it.
 */
export type DatasourceMode = 'serve-stale' | 'fail-fast';

/** Something that is switched off for a reason and, mostly, for a time. Times are milliseconds since the epoch. */
export interface Switch {
  readonly id: string;
  readonly target: SwitchTarget;
  /**
   * Of a key: its public id; of an operation: its hash, or the first 12 characters of it, as the log has them; of a field:
   * its coordinate, `Ride.driver`; of `writes`: `*`.
   */
  readonly name: string;
  /** Of a datasource alone. */
  readonly mode: DatasourceMode | undefined;
  readonly reason: string;
  /** Who did it, for people. */
  readonly actor: string;
  readonly setAt: number;
  /** `undefined`: until somebody ends it. */
  readonly expiresAt: number | undefined;
}
