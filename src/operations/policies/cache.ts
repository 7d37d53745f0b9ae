import { noTrace } from '../../telemetry/trace.ts';
import type { Clock } from '../../util/clock.ts';
import { cacheKeyOf } from '../cache-key.ts';
import type { Cache, CacheEntry } from '../caches/cache.ts';
import type { Call, CallContext, Policy } from '../call.ts';
import type { CacheOptions } from '../operation.ts';
import { Described, type Freshness, type Outcome, type Validator } from '../outcome.ts';
import { settle } from '../settle.ts';

/**
 * Answers a batch from the cache and lets only the misses travel on. An entry is fresh (served), stale but usable
 * (served while one refresh runs), good for errors only (served when the backend fails), or gone.
 *
 * Stands after batching, so that one question to the cache answers a whole batch.
 */
export function cachePolicy(cache: Cache, clock: Clock): Policy {
  return (next, operation) => {
    const options = operation.cache;
    if (options === undefined) return next;
    const fill = filler(next, cache, clock, options);
    const refreshing = new Set<string>();

    return async (inputs, context) => {
      const keys = inputs.map((input) => cacheKeyOf(operation, input, context.caller));
      const entries = await cache.getMany(keys);
      const now = clock.now();
      const outcomes = new Array<Outcome<never>>(inputs.length);
      const misses: Question<unknown>[] = [];
      const stale: Question<unknown>[] = [];
      for (let index = 0; index < inputs.length; index++) {
        const entry = entries[index];
        const question = { index, input: inputs[index], key: keys[index] as string, entry };
        if (entry === undefined || now >= Math.max(entry.freshUntil, entry.staleUntil)) misses.push(question);
        else {
          outcomes[index] = entry.value as never;
          if (now >= entry.freshUntil) stale.push(question);
        }
      }
      tellHits(context, inputs.length - misses.length - stale.length, stale.length);
      refresh(fill as Fill, stale, refreshing, context, operation.totalMs);
      if (misses.length > 0) {
        const answers = await fill(misses as never, context);
        misses.forEach(({ index }, position) => {
          outcomes[index] = answers[position] as never;
        });
      }
      return outcomes;
    };
  };
}

/** One input, with what the cache holds of it. */
interface Question<I> {
  readonly index: number;
  readonly input: I;
  readonly key: string;
  readonly entry: CacheEntry | undefined;
}

type Fill<I = unknown, O = unknown> = (
  questions: readonly Question<I>[],
  context: CallContext,
) => Promise<readonly Outcome<O>[]>;

/** Asks the backend, keeps what may be kept, and falls back to what is still good for errors. */
function filler<I, O>(next: Call<I, O>, cache: Cache, clock: Clock, options: CacheOptions): Fill<I, O> {
  return async (questions, context) => {
    const inputs = questions.map(({ input }) => input);
    const answers = await settle(next, inputs, { ...context, validators: validatorsOf(questions) });
    const now = clock.now();
    const kept: CacheEntry[] = [];
    let staleHits = 0;
    const outcomes = answers.map((answer, position) => {
      const { key, entry } = questions[position] as Question<I>;
      if (answer instanceof Error) {
        if (entry === undefined || now >= entry.errorUntil) return answer;
        staleHits++;
        return entry.value as O;
      }
      const { value, description } =
        answer instanceof Described ? answer : { value: answer, description: {} };
      if (description.notModified === true && entry === undefined) return unasked();
      const current = (description.notModified === true ? entry?.value : value) ?? null;
      const validator =
        description.validator ?? (description.notModified === true ? entry?.validator : undefined);
      if (description.storable !== false) {
        kept.push(
          entryOf(
            key,
            current,
            { ...freshnessOf(options, current), ...description.freshness },
            validator,
            now,
          ),
        );
      }
      return current as O;
    });
    if (staleHits > 0) context.trace.cacheHits('stale', staleHits);
    // Nobody waits for the cache to have written.
    if (kept.length > 0) void cache.setMany(kept);
    return outcomes;
  };
}

function validatorsOf<I>(questions: readonly Question<I>[]): ReadonlyMap<unknown, Validator> {
  const validators = new Map<unknown, Validator>();
  for (const { input, entry } of questions) if (entry?.validator) validators.set(input, entry.validator);
  return validators;
}

function freshnessOf(options: CacheOptions, value: unknown): Freshness {
  if (value !== null) return options;
  return { ttlMs: options.missingTtlMs ?? Math.min(options.ttlMs, 1_000) };
}

/** How long beyond its other limits an entry is kept for the sake of its validator. */
const revalidationMs = 600_000;

function entryOf(
  key: string,
  value: unknown,
  { ttlMs, staleWhileRevalidateMs = 0, staleIfErrorMs = 0 }: Freshness,
  validator: Validator | undefined,
  now: number,
): CacheEntry {
  const freshUntil = now + ttlMs;
  const staleUntil = freshUntil + staleWhileRevalidateMs;
  const errorUntil = freshUntil + staleIfErrorMs;
  const limits = { freshUntil, staleUntil, errorUntil, keptUntil: Math.max(staleUntil, errorUntil) };
  if (validator === undefined) return { key, value, ...limits };
  return { key, value, ...limits, keptUntil: limits.keptUntil + revalidationMs, validator };
}

function unasked(): Error {
  return new Error('The backend answered "not modified" to a question that named no validator.');
}

/** Refreshes what was served stale, once at a time per key, detached from the request that found it stale. */
function refresh(
  fill: Fill,
  stale: readonly Question<unknown>[],
  refreshing: Set<string>,
  context: CallContext,
  limitMs: number,
): void {
  const due = stale.filter(({ key }) => !refreshing.has(key));
  if (due.length === 0) return;
  for (const { key } of due) refreshing.add(key);
  const detached: CallContext = {
    caller: context.caller,
    requestId: context.requestId,
    signal: AbortSignal.timeout(limitMs),
    deadline: performance.now() + limitMs,
    trace: noTrace,
  };
  void fill(due, detached).finally(() => {
    for (const { key } of due) refreshing.delete(key);
  });
}

function tellHits(context: CallContext, fresh: number, stale: number): void {
  if (fresh > 0) context.trace.cacheHits('fresh', fresh);
  if (stale > 0) context.trace.cacheHits('stale', stale);
}
