import { codeOf, errorTable } from '../../errors.ts';
import { noTrace } from '../../telemetry/trace.ts';
import type { Clock } from '../../util/clock.ts';
import type { Background } from '../background.ts';
import { keysOfInputs } from '../cache-key.ts';
import type { Cache, CacheEntry, Found, Lookup, Stamp } from '../caches/cache.ts';
import { type Keys, keyAt } from '../caches/key.ts';
import { Lookups } from '../caches/lookups.ts';
import type { Call, CallContext } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import { Described, type Outcome, unwrap } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { settle } from '../settle.ts';

/** What the policies of cached operations share. */
export interface CacheServices {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly background: Background;
}

/**
 * Answers a batch from the cache and lets only the misses travel on. An entry is fresh (served), stale but usable
 * (served while one refresh runs, RFC 5861 §3), good for errors only (served when the backend fails, §4), or gone. What
 * this process holds is served without waiting; for the rest one question goes to the other levels.
 *
 * Stands after batching, so that one question answers a whole batch. What is asked of the backend is kept by the policy
 * `fill`, below `collapse`: once, however many wait for it.
 */
export function cachePolicy(services: CacheServices): Policy {
  return (next, operation) => {
    if (operation.cache === undefined) return next;
    const { cache, clock } = services;
    const ask = next as Call<unknown, unknown>;
    const keysOf = keysOfInputs(operation);
    const refresh = refresher(ask, operation, services);

    const look = async (batch: Batch, context: CallContext): Promise<readonly Outcome<unknown>[]> => {
      if (batch.open.length > 0) batch.take(await cache.getMany(batch.open));
      batch.tellHits();
      if (batch.stale.length > 0) refresh(batch.stale, context);
      if (batch.open.length > 0) batch.finish(await settle(ask, ...batch.misses()), clock.now());
      return batch.outcomes;
    };

    return (inputs, context) => {
      const now = clock.now();
      const keys = keysOf(inputs, context);
      const held = cache.peekMany(keys, now);
      if (held === undefined && cache.moment !== undefined) {
        const lookups = blankLookups(operation, inputs, keys, cache.moment());
        return ask(inputs, { ...context, lookups }).then(unwrapAll) as never;
      }
      const batch = new Batch(inputs, operation, context, now);
      batch.peek(keys, held);
      return look(batch, context) as never;
    };
  };
}

/** One input of a batch that the cache of this process cannot answer for good. */
interface Asked extends Lookup {
  readonly index: number;
}

/** A batch on its way through the levels of the cache: what is answered, and what is still open. */
class Batch {
  readonly outcomes: Outcome<unknown>[];
  /** Answered, but due to be asked again. */
  readonly stale: Asked[] = [];
  open: readonly Asked[] = [];
  readonly #inputs: readonly unknown[];
  readonly #operation: OpenOperation;
  readonly #context: CallContext;
  readonly #now: number;

  constructor(inputs: readonly unknown[], operation: OpenOperation, context: CallContext, now: number) {
    this.outcomes = new Array(inputs.length);
    this.#inputs = inputs;
    this.#operation = operation;
    this.#context = context;
    this.#now = now;
  }

  /** Takes what this process holds. */
  peek(keys: Keys, held: readonly (CacheEntry | undefined)[] = []): void {
    const open: Asked[] = [];
    for (let index = 0; index < this.#inputs.length; index++) {
      const entry = held[index];
      if (entry !== undefined && this.#now < entry.freshUntil) this.outcomes[index] = entry.value;
      else {
        const input = this.#inputs[index];
        const tags = tagsOf(this.#operation, input);
        const parts = keyAt(keys, index);
        const asked = { index, input, key: parts.prefix + parts.text, parts, tags, entry, stamp: unstamped };
        if (!this.#answer(asked)) open.push(asked);
      }
    }
    this.open = open;
  }

  /** Takes what the other levels found. */
  take(found: readonly Found[]): void {
    take(this.open, found);
    this.open = this.open.filter((asked) => !this.#answer(asked));
  }

  tellHits(): void {
    const fresh = this.#inputs.length - this.open.length - this.stale.length;
    if (fresh > 0) this.#context.trace.cacheHits('fresh', fresh);
    if (this.stale.length > 0) this.#context.trace.cacheHits('stale', this.stale.length);
  }

  /** What is to be asked of the backend, with what the cache holds of it. */
  misses(): [inputs: readonly unknown[], context: CallContext] {
    return questionsTo(this.open, this.#context);
  }

  /** Takes what the backend said; what is good for errors stands in for its failures. */
  finish(answers: readonly Outcome<unknown>[], now: number): void {
    let staleHits = 0;
    this.open.forEach(({ index, entry }, position) => {
      const answer = answers[position];
      if (answer instanceof Error && entry !== undefined && now < entry.errorUntil && isServerError(answer)) {
        staleHits++;
        this.outcomes[index] = entry.value;
      } else this.outcomes[index] = answer instanceof Error ? answer : unwrap(answer);
    });
    if (staleHits > 0) this.#context.trace.cacheHits('stale', staleHits);
  }

  #answer(asked: Asked): boolean {
    const { entry, index } = asked;
    if (entry === undefined || this.#now >= Math.max(entry.freshUntil, entry.staleUntil)) return false;
    this.outcomes[index] = entry.value;
    if (this.#now >= entry.freshUntil) this.stale.push(asked);
    return true;
  }
}

/** Refreshes what was served stale, once at a time per key, detached from the request that found it stale. */
function refresher(
  next: Call<unknown, unknown>,
  operation: OpenOperation,
  { cache, clock, background }: CacheServices,
): (stale: readonly Asked[], context: CallContext) => void {
  const refreshing = new Set<string>();
  const limitMs = operation.totalMs;

  return (stale, { caller, requestId, forwarded }) => {
    const due = stale.filter(({ key }) => !refreshing.has(key));
    if (due.length === 0) return;
    for (const { key } of due) refreshing.add(key);
    background.run(limitMs, async (signal) => {
      const deadline = performance.now() + limitMs;
      const context = { caller, requestId, forwarded, signal, deadline, trace: noTrace };
      take(due, await cache.getMany(due.map(({ key, tags }) => ({ key, tags }))));
      // Another process may have refreshed it.
      const missed = due.filter(({ entry }) => entry === undefined || entry.freshUntil <= clock.now());
      if (missed.length > 0) await settle(next, ...questionsTo(missed, context));
      for (const { key } of due) refreshing.delete(key);
    });
  };
}

function questionsTo(
  lookups: readonly Lookup[],
  context: CallContext,
): [inputs: readonly unknown[], context: CallContext] {
  return [lookups.map(({ input }) => input), { ...context, lookups: Lookups.of(lookups) }];
}

/** Of inputs that the cache holds nothing of. */
function blankLookups(
  operation: OpenOperation,
  inputs: readonly unknown[],
  keys: Keys,
  moment: number,
): Lookups {
  return Lookups.blank(() =>
    inputs.map((input, index) => {
      const tags = tagsOf(operation, input);
      const stamp = { moment, tags, versions: noVersions };
      const parts = keyAt(keys, index);
      return { input, key: parts.prefix + parts.text, parts, tags, entry: undefined, stamp };
    }),
  );
}

/** Hardly any is described by now: of what may not be kept alone more is to be said. */
function unwrapAll(answers: readonly Outcome<unknown>[]): readonly Outcome<unknown>[] {
  for (const answer of answers)
    if (answer instanceof Described)
      return answers.map((each) => (each instanceof Described ? each.value : each));
  return answers;
}

function take(lookups: readonly Lookup[], found: readonly Found[]): void {
  for (let position = 0; position < lookups.length; position++) {
    const { entry, stamp } = found[position] as Found;
    const lookup = lookups[position] as Lookup;
    lookup.entry = entry;
    lookup.stamp = stamp;
  }
}

const unstamped: Stamp = { moment: 0, tags: [], versions: [] };
const noVersions: Stamp['versions'] = [];
const noTags: readonly string[] = [];

function tagsOf({ cache }: OpenOperation, input: unknown): readonly string[] {
  return cache?.tags === undefined ? noTags : cache.tags(input as never);
}

/** What an HTTP server would answer with a status of 500 or above: RFC 5861 §4 lets stale answers stand in for these alone. */
function isServerError(error: Error): boolean {
  return errorTable[codeOf(error)].status >= 500;
}
