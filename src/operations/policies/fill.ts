import { toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Cache, Fill, Kept, Lease, Leases, Lookup, Told } from '../caches/cache.ts';
import { entryOf } from '../caches/entry-of.ts';
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
      if (context.lookups === undefined) return next(inputs, context);
      const questions = context.lookups;
      const ask: Ask = (asked, held) =>
        askAndKeep(next as Call<unknown, unknown>, options, services, asked, held, context);
      if (leases === undefined || questions.every(({ key }) => passes.has(key)))
        return (await ask(questions, [])) as never;
      return (await takeTurns(questions, leases, ask, context.signal)) as never;
    };
  };
}

type Ask = (asked: readonly Lookup[], leases: readonly Lease[]) => Promise<readonly Outcome<unknown>[]>;

/** Asks for what this process has the lease of, and waits for the rest, until everything is answered. */
async function takeTurns(
  questions: readonly Lookup[],
  leases: Leases,
  ask: Ask,
  signal: AbortSignal,
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

const undescribed: Description = {};

/** Asks the backend once for all, keeps the answers that may be kept, and tells whoever waits. */
async function askAndKeep(
  next: Call<unknown, unknown>,
  options: CacheOptions,
  services: FillServices,
  asked: readonly Lookup[],
  leases: readonly Lease[],
  context: CallContext,
): Promise<readonly Outcome<unknown>[]> {
  const { clock, passes, random } = services;
  const inputs = asked.map(({ input }) => input);
  const { lookups: _lookups, ...rest } = context;
  const validators = validatorsOf(asked);
  const answers = await settle(next, inputs, validators.size === 0 ? rest : { ...rest, validators });
  const now = clock.now();
  const kept: Kept[] = [];
  const told: Told[] = [];
  const outcomes = answers.map((answer, position) => {
    const { key, hash, stamp, entry: held } = asked[position] as Lookup;
    if (answer instanceof Error) {
      told.push(context.signal.aborted ? 'left' : 'unkept');
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
    kept.push([entryOf(key, value, description, held, options, now, random()), stamp, hash]);
    told.push('kept');
    return value;
  });
  // Nobody waits for the cache to have written, but who waits for the answer is told only then.
  if (kept.length + leases.length > 0) void keepAndTell(services, kept, leases, told);
  return outcomes;
}

async function keepAndTell(
  { cache, log }: FillServices,
  kept: readonly Kept[],
  leases: readonly Lease[],
  told: readonly Told[],
): Promise<void> {
  let isKept = true;
  try {
    await cache.setMany(kept);
  } catch (thrown) {
    // Not the cache's fault: a value that is no JSON, of a call written by hand.
    log.error(
      { key: kept[0]?.[0].key.split('|', 1)[0], error: toError(thrown) },
      'An answer cannot be kept.',
    );
    isKept = false;
  }
  for (const [position, lease] of leases.entries()) lease.end(isKept ? (told[position] as Told) : 'unkept');
}

function validatorsOf(asked: readonly Lookup[]): ReadonlyMap<unknown, Validator> {
  const validators = new Map<unknown, Validator>();
  for (const { input, entry } of asked) if (entry?.validator) validators.set(input, entry.validator);
  return validators;
}

function unasked(): Error {
  return new Error('The backend answered "not modified" to a question that named no validator.');
}
