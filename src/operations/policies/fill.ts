import { toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import type { Cache, Fill, Kept, Lease, Leases, Lookup, Told } from '../caches/cache.ts';
import { entryOf } from '../caches/entry-of.ts';
import { freezeAndMeasure } from '../caches/freeze.ts';
import { Lookups } from '../caches/lookups.ts';
import type { Call, CallContext } from '../call.ts';
import type { CacheOptions } from '../operation.ts';
import { Described, type Description, type Outcome, unwrap, type Validator } from '../outcome.ts';
import type { Passes } from '../passes.ts';
import type { Policy } from '../policy.ts';
import { settle } from '../settle.ts';
import { reasonOf } from '../within.ts';

export interface FillServices {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly passes: Passes;
  readonly log: Log;
  /** From 0 to 1; shortens what is kept, so that what was filled together does not expire together. */
  readonly random: () => number;
}

/**
 * Asks the backend for what the cache missed and keeps what may be kept. Where several processes share a cache, one of
 * them asks and the others wait for it, each as long as its own time allows; when that process dies or leaves, another
 * takes its place; what turns out not to be storable is asked by everybody, at once, for a while.
 *
 * Stands below collapse, so that what many requests wait for is asked and kept once.
 */
export function fillPolicy(services: FillServices): Policy {
  return (next, operation) => {
    const { cache: options } = operation;
    if (options === undefined) return next;
    const { leases } = services.cache;
    const { passes } = services;

    return async (inputs, context) => {
      const { lookups } = context;
      if (lookups === undefined) return next(inputs, context);
      const below = { ...context, lookups: undefined };
      const ask = (asked: readonly unknown[], of: Lookups, held: readonly Lease[]) =>
        askAndKeep(next as Call<unknown, unknown>, options, services, asked, of, held, below);
      if (leases === undefined || lookups.all().every(({ key }) => passes.has(key)))
        return ask(inputs, lookups, []) as never;
      const askSome: Ask = (asked, held) =>
        ask(
          asked.map(({ input }) => input),
          Lookups.of(asked),
          held,
        );
      return takeTurns(lookups.all(), leases, askSome, context.signal) as never;
    };
  };
}

type Ask = (asked: readonly Lookup[], leases: readonly Lease[]) => Promise<readonly Outcome<unknown>[]>;

/** Asks for what this process has the lease of, and waits for the rest, until everything is answered. */
async function takeTurns(
  questions: readonly Lookup[],
  leases: Leases,
  ask: Ask,
  signal: CancelSignal,
): Promise<readonly Outcome<unknown>[]> {
  const outcomes = new Map<Fill, Outcome<unknown>>();
  const asks: Promise<void>[] = [];
  const askNow = async (asked: readonly Lookup[], held: readonly Lease[]): Promise<void> => {
    if (asked.length === 0) return;
    const answers = await ask(asked, held);
    asked.forEach((question, position) => {
      outcomes.set(question, answers[position]);
    });
  };
  let open = questions;
  let due = questions;
  while (open.length > 0 && !signal.aborted) {
    const turns = due.length === 0 ? [] : await leases.take(due);
    const [mine, held]: [Lookup[], Lease[]] = [[], []];
    due.forEach((question, position) => {
      const turn = turns[position];
      if (turn === undefined) return;
      if ('end' in turn) {
        mine.push(question);
        held.push(turn);
      } else outcomes.set(question, turn.value);
    });
    const taken = new Set<Fill>(mine);
    open = open.filter((question) => !taken.has(question) && !outcomes.has(question));
    asks.push(askNow(mine, held));
    if (open.length === 0) break;
    const told = await leases.wait(open, signal);
    const unkept = open.filter((question) => told.get(question) === 'unkept');
    asks.push(askNow(unkept, []));
    open = open.filter((question) => told.get(question) !== 'unkept');
    due = told.size === 0 ? open : open.filter((question) => told.has(question));
  }
  await Promise.all(asks);
  return questions.map((question) => (outcomes.has(question) ? outcomes.get(question) : reasonOf(signal)));
}

/** Asks the backend once for all, keeps the answers that may be kept, and tells whoever waits. */
async function askAndKeep(
  next: Call<unknown, unknown>,
  options: CacheOptions,
  services: FillServices,
  inputs: readonly unknown[],
  lookups: Lookups,
  leases: readonly Lease[],
  context: CallContext,
): Promise<readonly Outcome<unknown>[]> {
  const validators = validatorsOf(lookups);
  const answers = await settle(next, inputs, validators === undefined ? context : { ...context, validators });
  const sizes = lookups.areBlank ? sizesOfPlain(answers) : undefined;
  const { outcomes, keep, told } =
    sizes === undefined
      ? judged(answers, options, services, lookups.all(), context.signal)
      : allKept(answers, sizes, options, services, lookups);
  // Nobody waits for the cache to have written, but who waits for the answer is told only then.
  if (keep !== undefined || leases.length > 0) void keepAndTell(services, keep, leases, told);
  return outcomes;
}

/** What becomes of a batch of answers. */
interface Verdict {
  readonly outcomes: readonly Outcome<unknown>[];
  /** Absent where there is nothing to keep. */
  readonly keep: (() => readonly Kept[]) | undefined;
  /** What those who wait are told of each, once it is kept. */
  readonly told: readonly Told[] | 'kept';
}

const undescribed: Description = {};

/** The sizes of answers that are values and nothing else, now frozen: as nearly all are. */
function sizesOfPlain(answers: readonly Outcome<unknown>[]): readonly number[] | undefined {
  const sizes = new Array<number>(answers.length);
  try {
    for (let index = 0; index < answers.length; index++) {
      const answer = answers[index];
      if (answer === undefined || answer instanceof Error || answer instanceof Described) return undefined;
      sizes[index] = freezeAndMeasure(answer);
    }
    return sizes;
  } catch {
    return undefined;
  }
}

function allKept(
  answers: readonly unknown[],
  sizes: readonly number[],
  options: CacheOptions,
  { clock, random }: FillServices,
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
  { clock, passes, random }: FillServices,
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
    kept.push([entryOf(key, value, description, held, options, now, random()), stamp, parts]);
    told.push('kept');
    return value;
  });
  return { outcomes, keep: kept.length === 0 ? undefined : () => kept, told };
}

async function keepAndTell(
  { cache, log }: FillServices,
  keep: Verdict['keep'],
  leases: readonly Lease[],
  told: Verdict['told'],
): Promise<void> {
  let isKept = true;
  try {
    if (keep !== undefined) await cache.keep(keep);
  } catch (thrown) {
    // Not the cache's fault: a value that is no JSON, of a call written by hand; or a function `tags` that throws.
    log.error({ error: toError(thrown) }, 'An answer cannot be kept.');
    isKept = false;
  }
  for (const [position, lease] of leases.entries())
    lease.end(isKept ? (told === 'kept' ? told : (told[position] as Told)) : 'unkept');
}

/** By input, where any of them has one. */
function validatorsOf(lookups: Lookups): ReadonlyMap<unknown, Validator> | undefined {
  if (lookups.areBlank) return undefined;
  const validators = new Map<unknown, Validator>();
  for (const { input, entry } of lookups.all()) if (entry?.validator) validators.set(input, entry.validator);
  return validators.size === 0 ? undefined : validators;
}

function unasked(): Error {
  return new Error('The backend answered "not modified" to a question that named no validator.');
}
