import type { CancelSignal } from '../util/abort.ts';
import type { Clock } from '../util/clock.ts';
import type { Kept, Lookup, Told } from './caches/cache.ts';
import { entryOf } from './caches/entry-of.ts';
import { freezeAndMeasure } from './caches/freeze.ts';
import type { Lookups } from './caches/lookups.ts';
import type { CacheOptions } from './operation.ts';
import { Described, type Description, type Outcome, unwrap } from './outcome.ts';
import type { Passes } from './passes.ts';

/** What becomes of a batch of answers. */
export interface Verdict {
  readonly outcomes: readonly Outcome<unknown>[];
  /** Absent where there is nothing to keep. */
  readonly keep: (() => readonly Kept[]) | undefined;
  /** What those who wait are told of each, once it is kept. */
  readonly told: readonly Told[] | 'kept';
}

/** What is looked at to judge answers. */
export interface JudgingServices {
  readonly clock: Clock;
  readonly passes: Passes;
  /** From 0 to 1; shortens what is kept, so that what was filled together does not expire together. */
  readonly random: () => number;
}

/**
 * Judges the answers to what the cache missed: what whoever asked is given, what is kept, and what those are told who wait
 * for it. What is kept is frozen by then: whoever gets an answer first can change it no more than whoever gets it last.
 */
export function verdictOn(
  answers: readonly Outcome<unknown>[],
  lookups: Lookups,
  options: CacheOptions,
  services: JudgingServices,
  signal: CancelSignal,
): Verdict {
  const sizes = lookups.areBlank ? sizesOfPlain(answers) : undefined;
  if (sizes === undefined) return judged(answers, options, services, lookups.all(), signal);
  return allKept(answers, sizes, options, services, lookups);
}

const undescribed: Description = {};

/** The sizes of answers that are values and nothing else, now frozen: as nearly all are. */
function sizesOfPlain(answers: readonly Outcome<unknown>[]): readonly number[] | undefined {
  const sizes = new Array<number>(answers.length);
  for (let index = 0; index < answers.length; index++) {
    const answer = answers[index];
    if (answer === undefined || answer instanceof Error || answer instanceof Described) return undefined;
    const size = sizeOf(answer);
    if (size === undefined) return undefined;
    sizes[index] = size;
  }
  return sizes;
}

function allKept(
  answers: readonly unknown[],
  sizes: readonly number[],
  options: CacheOptions,
  { clock, random }: JudgingServices,
  lookups: Lookups,
): Verdict {
  const now = clock.now();
  const keep = (): readonly Kept[] =>
    lookups
      .all()
      .map(({ key, stamp, parts }, index) => [
        entryOf(key, answers[index], undescribed, undefined, options, now, random()),
        stamp,
        parts,
        sizes[index],
      ]);
  return { outcomes: answers, keep, told: 'kept' };
}

/** Each by what it is, and by what its backend said of keeping it. */
function judged(
  answers: readonly Outcome<unknown>[],
  options: CacheOptions,
  { clock, passes, random }: JudgingServices,
  asked: readonly Lookup[],
  signal: CancelSignal,
): Verdict {
  const now = clock.now();
  const kept: Kept[] = [];
  const told: Told[] = [];
  const outcomes = answers.map((answer, position) => {
    const { key, parts, stamp, entry: held } = asked[position] as Lookup;
    if (answer instanceof Error) {
      told.push(signal.aborted ? 'left' : 'unkept');
      return answer;
    }
    const description = answer instanceof Described ? answer.description : undescribed;
    const { storable = true, notModified = false } = description;
    if (notModified && held === undefined) {
      told.push('unkept');
      return unasked();
    }
    const value = (notModified ? held?.value : unwrap(answer)) ?? null;
    if (!storable) {
      passes.add(key);
      told.push('unkept');
      return new Described(value, { storable });
    }
    const entry = entryOf(key, value, description, held, options, now, random());
    kept.push([entry, stamp, parts, sizeOf(value)]);
    told.push('kept');
    return value;
  });
  return { outcomes, keep: kept.length === 0 ? undefined : () => kept, told };
}

/** Of a value, now frozen; `undefined` where that cannot be: then it cannot be kept either, and who keeps it will say so. */
function sizeOf(value: unknown): number | undefined {
  try {
    return freezeAndMeasure(value);
  } catch {
    return undefined;
  }
}

function unasked(): Error {
  return new Error('The backend answered "not modified" to a question that named no validator.');
}
