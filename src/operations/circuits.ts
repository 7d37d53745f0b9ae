import type { Clock } from '../util/clock.ts';
import type { DatasourceInfo } from './operation.ts';
import type { BreakerOptions } from './resilience.ts';

const longestOpenMs = 30_000;
const buckets = 10;

/** The circuit of each datasource: one for all its operations. */
export class Circuits {
  readonly #clock: Clock;
  readonly #circuits = new Map<DatasourceInfo, Circuit>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(datasource: DatasourceInfo): Circuit {
    let circuit = this.#circuits.get(datasource);
    if (circuit === undefined) {
      circuit = new Circuit(datasource.breaker, this.#clock);
      this.#circuits.set(datasource, circuit);
    }
    return circuit;
  }
}

/** What a call may go on with: as one of many, as the probe of an open circuit, or not at all. */
export type Pass = 'usual' | 'probe' | 'none';

/** One datasource's state: a rolling window of counts, and whether it is closed, open or probing. */
export class Circuit {
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

  /** Whether a call would be refused now. */
  get isOpen(): boolean {
    return this.#openMs > 0 && (this.#probing || this.#clock.now() < this.#openUntil);
  }

  enter(): Pass {
    if (this.#openMs === 0) return 'usual';
    if (this.isOpen) return 'none';
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
