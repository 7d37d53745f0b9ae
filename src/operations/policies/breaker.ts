import { codeOf, type ErrorCode, TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { DatasourceInfo } from '../operation.ts';
import { allFailed } from '../outcome.ts';
import { isQueueFull } from '../overload.ts';
import type { Policy } from '../policy.ts';
import type { BreakerOptions } from '../resilience.ts';
import { neverRejecting, settled } from '../settle.ts';

const longestOpenMs = 30_000;
const buckets = 10;

/** What says that the backend is in trouble. A refused value or a missing thing says nothing of the kind. */
const troubles: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_OVERLOADED',
  'UPSTREAM_INVALID_RESPONSE',
]);

/**
 * Leaves a datasource alone after too many failures: calls fail at once with `UPSTREAM_CIRCUIT_OPEN` while it is open.
 * Then one probe at a time is let through; one that succeeds closes it.
 */
export function breakerPolicy(clock: Clock): Policy {
  const breakers = new Map<DatasourceInfo, Breaker>();
  return (next, operation) => {
    const { datasource } = operation;
    const breaker = breakers.get(datasource) ?? new Breaker(datasource.breaker, clock);
    breakers.set(datasource, breaker);
    const ask = settled(next);
    return neverRejecting((inputs, context) => {
      const pass = breaker.enter();
      if (pass === 'none') return Promise.resolve(allFailed(inputs, circuitOpen(datasource)));
      return ask(inputs, context).then((outcomes) => {
        // Whoever left early, or was never sent, has learnt nothing about the backend.
        if (context.signal.aborted || outcomes.some(isUnsent)) breaker.leave(pass);
        else breaker.tell(pass, outcomes.some(isTrouble));
        return outcomes;
      });
    });
  };
}

function isTrouble(outcome: unknown): boolean {
  return outcome instanceof Error && troubles.has(codeOf(outcome));
}

function isUnsent(outcome: unknown): boolean {
  return outcome instanceof Error && isQueueFull(outcome);
}

/** What a call may go on with: as one of many, as the probe of an open circuit, or not at all. */
type Pass = 'usual' | 'probe' | 'none';

/** One datasource's state: a rolling window of counts, and whether it is closed, open or probing. */
class Breaker {
  readonly #options: Required<BreakerOptions>;
  readonly #clock: Clock;
  readonly #counts = Array.from({ length: buckets }, () => ({ epoch: -1, asked: 0, failed: 0 }));
  #openUntil = 0;
  #openMs = 0;
  #probing = false;

  constructor(options: Required<BreakerOptions>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  enter(): Pass {
    if (this.#openMs === 0) return 'usual';
    if (this.#probing || this.#clock.now() < this.#openUntil) return 'none';
    this.#probing = true;
    return 'probe';
  }

  tell(pass: Pass, failed: boolean): void {
    if (pass === 'probe') this.#tellProbe(failed);
    // Calls that were under way when the circuit opened end here too, and decide nothing.
    else if (this.#openMs === 0) this.#count(failed);
  }

  leave(pass: Pass): void {
    if (pass === 'probe') this.#probing = false;
  }

  #count(failed: boolean): void {
    const bucket = this.#bucket();
    bucket.asked++;
    if (failed) bucket.failed++;
    if (failed && this.#isTooMuch()) this.#open(this.#options.openMs);
  }

  #tellProbe(failed: boolean): void {
    this.#probing = false;
    if (failed) this.#open(Math.min(longestOpenMs, this.#openMs * 2));
    else this.#close();
  }

  #open(forMs: number): void {
    this.#openMs = forMs;
    this.#openUntil = this.#clock.now() + forMs;
  }

  #close(): void {
    this.#openMs = 0;
    for (const bucket of this.#counts) bucket.epoch = -1;
  }

  #isTooMuch(): boolean {
    const oldest = this.#epoch() - buckets;
    let [asked, failed] = [0, 0];
    for (const bucket of this.#counts) {
      if (bucket.epoch <= oldest) continue;
      asked += bucket.asked;
      failed += bucket.failed;
    }
    return asked >= this.#options.minRequests && failed / asked >= this.#options.failureRate;
  }

  #bucket(): { epoch: number; asked: number; failed: number } {
    const epoch = this.#epoch();
    const bucket = this.#counts[epoch % buckets] as { epoch: number; asked: number; failed: number };
    if (bucket.epoch !== epoch) Object.assign(bucket, { epoch, asked: 0, failed: 0 });
    return bucket;
  }

  #epoch(): number {
    return Math.floor(this.#clock.now() / (this.#options.windowMs / buckets));
  }
}

function circuitOpen({ name }: DatasourceInfo): Error {
  return new TributaryError('UPSTREAM_CIRCUIT_OPEN', undefined, { service: name });
}
