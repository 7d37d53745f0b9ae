import { Problem } from './problem.ts';
import { randomFor } from './random.ts';

/** What `PUT /faults` can make a backend do to every counted request. */

export interface Faults {
  /** Closes the socket before the body is read; nothing is done. */
  drop?: boolean;
  /** Waits this long before anything else. */
  delayMs?: number;
  /** Does the work, and answers so much later. */
  lateMs?: number;
  /** Answers this status and does no work. */
  status?: number;
  /** The body for `status`, or in place of the real one with status 200. */
  body?: string;
  contentType?: string;
  /** Further headers of the answer, e.g. `Retry-After`. */
  headers?: Record<string, string>;
  /** Sends only so many bytes of the answer. */
  cut?: number;
  /** With `cut`: promises the whole length and closes the socket after the cut (0: before the status line). */
  hangUp?: boolean;
  /** Ends the faults after so many requests. */
  times?: number;
  /** One of these, picked for each request, instead of the members above. */
  anyOf?: readonly Faults[];
  /** The share of requests that are concerned, from 0 to 1. @default 1 */
  rate?: number;
}

/** The faults in force, if any. */
export interface FaultSwitch {
  set(faults: Faults): void;
  clear(): void;
  current(): Faults | undefined;
  /** The faults for one request; uses up one of `times`. */
  take(): Faults | undefined;
}

export function faultSwitch(): FaultSwitch {
  let faults: Faults | undefined;
  let random = randomFor('faults');
  return {
    set: (next) => {
      faults = { ...next };
      // The same faults hit the same requests again.
      random = randomFor('faults');
    },
    clear: () => {
      faults = undefined;
    },
    current: () => faults,
    take: () => {
      const taken = faults;
      if (taken?.rate !== undefined && !random.chance(taken.rate)) return undefined;
      if (faults?.times !== undefined) {
        faults = faults.times > 1 ? { ...faults, times: faults.times - 1 } : undefined;
      }
      return taken?.anyOf ? random.pick(taken.anyOf) : taken;
    },
  };
}

const isWholeNumber = (low: number, high: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
const isString = (value: unknown) => typeof value === 'string';

const isBoolean = (value: unknown) => typeof value === 'boolean';

const rules: Record<keyof Faults, { valid: (value: unknown) => boolean; expected: string }> = {
  drop: { valid: isBoolean, expected: 'true or false' },
  delayMs: { valid: isWholeNumber(0, 600_000), expected: 'milliseconds from 0 to 600000' },
  lateMs: { valid: isWholeNumber(0, 600_000), expected: 'milliseconds from 0 to 600000' },
  status: { valid: isWholeNumber(200, 599), expected: 'an HTTP status from 200 to 599' },
  body: { valid: isString, expected: 'a string' },
  contentType: { valid: isHeaderValue, expected: 'a media type' },
  headers: { valid: isHeaders, expected: 'an object of header names and values' },
  cut: { valid: isWholeNumber(0, Number.MAX_SAFE_INTEGER), expected: 'bytes, 0 or more' },
  hangUp: { valid: isBoolean, expected: 'true or false' },
  times: { valid: isWholeNumber(1, 1_000_000), expected: 'a number of requests from 1 to 1000000' },
  anyOf: { valid: isFaultList, expected: 'a list of 1 to 100 faults' },
  rate: { valid: (value) => typeof value === 'number' && value >= 0 && value <= 1, expected: 'from 0 to 1' },
};

/**
 * Reads the body of `PUT /faults`.
 *
 * @throws Problem 400 that names the member and what it should be.
 */
export function readFaults(value: unknown): Faults {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(400, 'Faults must be a JSON object.');
  }
  for (const [name, member] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof Faults] : undefined;
    if (!rule) throw new Problem(400, `"${name}" is no fault; known are ${Object.keys(rules).join(', ')}.`);
    if (!rule.valid(member)) throw new Problem(400, `"${name}" must be ${rule.expected}.`);
  }
  const faults: Faults = value;
  if (faults.hangUp && faults.cut === undefined) throw new Problem(400, '"hangUp" needs "cut".');
  return faults;
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value);
}

/** @throws Problem 400 that names the member of the fault that is wrong. */
function isFaultList(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > 100) return false;
  for (const fault of value) readFaults(fault);
  return true;
}

function isHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, member]) => /^[\w-]+$/.test(name) && isHeaderValue(member));
}
