import type { ErrorCode } from '../../errors.ts';
import type { Used } from './usage-event.ts';

/** Who was refused. */
export type Refused = Pick<Used, 'app' | 'key' | 'caller' | 'audience'>;

const mostKinds = 1_000;

/**
 * Counts what was refused, by caller and code, so that a flood of refused requests is one event a second and not one each.
 * They are counted but never billed, so the last second of a process that dies may be missing.
 */
export class Refusals {
  readonly #counts = new Map<string, { readonly who: Refused; readonly code: ErrorCode; count: number }>();
  readonly #write: (used: Used) => void;

  constructor(write: (used: Used) => void) {
    this.#write = write;
  }

  add(who: Refused, code: ErrorCode): void {
    const kind = `${who.app}\n${who.key}\n${who.caller}\n${code}`;
    const known = this.#counts.get(kind);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (this.#counts.size >= mostKinds) this.flush();
    this.#counts.set(kind, { who: { ...who }, code, count: 1 });
  }

  /** Writes what was counted. */
  flush(): void {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    for (const { who, code, count } of counts) this.#write({ ...refused, ...who, code, count });
  }
}

const refused = {
  request: '',
  operation: '',
  name: undefined,
  kind: 'none',
  outcome: 'refused',
  fields: [],
  units: 0,
  bytes: 0,
  micros: 0,
  upstream: {},
} satisfies Partial<Used>;
