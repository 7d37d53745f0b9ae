/** Why a record cannot be loaded. */
export type Reason =
  | 'MISSING_FIELD'
  | 'UNKNOWN_CITY'
  | 'UNKNOWN_DRIVER'
  | 'UNKNOWN_PRODUCT'
  | 'UNKNOWN_OUTCOME'
  | 'UNKNOWN_UNIT'
  | 'UNKNOWN_CURRENCY'
  | 'BAD_NUMBER'
  | 'BAD_TIME'
  | 'BAD_TEXT'
  | 'OUT_OF_RANGE'
  | 'CONFLICT';

/** One thing that is wrong with a record. */
export class Problem {
  readonly reason: Reason;
  /** A sentence for people; the value itself stands in the record. */
  readonly text: string;

  constructor(reason: Reason, text: string) {
    this.reason = reason;
    this.text = text;
  }
}

export function isProblems(read: readonly unknown[]): read is readonly Problem[] {
  return read[0] instanceof Problem;
}

const maxTextLength = 100;

/** Collects all that is wrong with one record, so that whoever mends it needs to look once. */
export class Check {
  readonly problems: Problem[] = [];

  /** A value that was read, or nothing where reading it found a problem. */
  take<T>(value: T | Problem | undefined): T | undefined {
    if (!(value instanceof Problem)) return value;
    this.problems.push(value);
    return undefined;
  }

  /** The text of a field without the blanks around it; it must be there. */
  text(field: string, value: unknown): string | undefined {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || text.trim() === '')
      return this.take<string>(new Problem('MISSING_FIELD', `${field} is missing.`));
    const trimmed = text.trim();
    if (trimmed.length > maxTextLength || /[\0\p{Surrogate}]/u.test(trimmed))
      return this.take<string>(new Problem('BAD_TEXT', `${field} is too long, or holds what text may not.`));
    return trimmed;
  }

  /** A number that must lie above `over` and up to `upTo`. */
  within(field: string, value: bigint | undefined, over: bigint, upTo: bigint): bigint | undefined {
    if (value === undefined || (value > over && value <= upTo)) return value;
    return this.take<bigint>(
      new Problem('OUT_OF_RANGE', `${field} must be more than ${over} and at most ${upTo}.`),
    );
  }
}
