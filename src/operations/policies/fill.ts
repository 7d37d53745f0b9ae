import { toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Cache, Fill, Lease, Leases, Lookup, Told } from '../caches/cache.ts';
import { Lookups } from '../caches/lookups.ts';
import type { Call, CallContext } from '../call.ts';
import type { CacheOptions } from '../operation.ts';
import type { Outcome, Validator } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { settled } from '../settle.ts';
import { type JudgingServices, type Verdict, verdictOn } from '../verdict.ts';
import { reasonOf } from '../within.ts';

export interface FillServices extends JudgingServices {
  readonly cache: Cache;
  readonly log: Log;
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
    if (operation.cache === undefined) return next;
    const kept = { name: operation.name, options: operation.cache };
    const { leases } = services.cache;
    const { passes } = services;
    const backend = settled(next as Call<unknown, unknown>);

    return (inputs, context) => {
      const { lookups } = context;
      if (lookups === undefined) return next(inputs, context);
      const below = { ...context, lookups: undefined };
      const ask = (asked: readonly unknown[], of: Lookups, held: readonly Lease[]) =>
        askAndKeep(backend, kept, services, asked, of, held, below);
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

interface KeptOperation {
  readonly name: string;
  readonly options: CacheOptions;
}

/** Asks the backend once for all, keeps the answers that may be kept, and tells whoever waits. */
function askAndKeep(
  backend: Call<unknown, unknown>,
  { name, options }: KeptOperation,
  services: FillServices,
  inputs: readonly unknown[],
  lookups: Lookups,
  leases: readonly Lease[],
  context: CallContext,
): Promise<readonly Outcome<unknown>[]> {
  const validators = validatorsOf(lookups);
  const asked = backend(inputs, validators === undefined ? context : { ...context, validators });
  return asked.then((answers) => {
    const { outcomes, keep, told } = verdictOn(answers, lookups, options, services, context.signal);
    // Nobody waits for the cache to have written, but who waits for the answer is told only then.
    if (keep !== undefined || leases.length > 0) void keepAndTell(services, name, keep, leases, told);
    return outcomes;
  });
}

async function keepAndTell(
  { cache, log }: FillServices,
  operation: string,
  keep: Verdict['keep'],
  leases: readonly Lease[],
  told: Verdict['told'],
): Promise<void> {
  let isKept = true;
  try {
    if (keep !== undefined) await cache.keep(keep);
  } catch (thrown) {
    // Not the cache's fault: a value that is no JSON, of a call written by hand; or a function `tags` that throws.
    log.error({ operation, error: toError(thrown) }, 'An answer cannot be kept.');
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
