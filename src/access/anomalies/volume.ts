import { LRUCache } from 'lru-cache';
import { Baseline, stepOf } from './baseline.ts';
import type { Detector, Observation, Report, Signal } from './observation.ts';
import { thresholds } from './thresholds.ts';

const { stepMs, halfLifeSteps } = thresholds.baseline;
const { callRate, volume } = thresholds;

/** A key that is used much more than it was: more calls, more cost, more bytes (data that is being carried off). */
export class VolumeDetector implements Detector {
  readonly #keys: LRUCache<string, KeyVolume>;
  readonly #report: Report;

  constructor(report: Report, maxKeys: number) {
    this.#report = report;
    this.#keys = new LRUCache({ max: maxKeys });
  }

  observe({ key, at, units, bytes, refusal }: Observation): void {
    if (key === undefined || refusal !== undefined) return;
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = new KeyVolume(at, (signal, figures) =>
        this.#report(signal, 'alert', { kind: 'key', name: key }, figures),
      );
      this.#keys.set(key, known);
    }
    known.add(at, units, bytes);
  }
}

type Told = (signal: Signal, figures: Readonly<Record<string, number>>) => void;

class KeyVolume {
  #step: number;
  #calls = 0;
  #units = 0;
  #bytes = 0;
  readonly #figures: readonly Figure[];

  constructor(at: number, told: Told) {
    this.#step = stepOf(at);
    const more = (mean: number, deviation: number): number =>
      Math.max(mean * callRate.times, mean + deviation * callRate.deviations);
    this.#figures = [
      new Figure('call-rate', told, callRate.forMs, more),
      new Figure('cost', told, volume.forMs, (mean) => mean * volume.times),
      new Figure('bytes-out', told, volume.forMs, (mean) => mean * volume.times),
    ];
  }

  add(at: number, units: number, bytes: number): void {
    const step = stepOf(at);
    if (step > this.#step) this.#close(step);
    this.#calls += 1;
    this.#units += units;
    this.#bytes += bytes;
  }

  #close(step: number): void {
    const endedAt = this.#step * stepMs;
    const [calls, cost, bytes] = this.#figures as readonly [Figure, Figure, Figure];
    calls.take(this.#calls, endedAt);
    cost.take(this.#units, endedAt);
    bytes.take(this.#bytes, endedAt);
    // Steps without a call are part of what is usual; after a long silence the older ones do not count any more.
    const silent = Math.min(step - this.#step - 1, halfLifeSteps);
    for (let index = 1; index <= silent; index++)
      for (const figure of this.#figures) figure.take(0, endedAt + index * stepMs);
    this.#step = step;
    this.#calls = this.#units = this.#bytes = 0;
  }
}

/** One figure of one key. What is unusual is not learned from while it is new: an attack is no habit. */
class Figure {
  readonly #baseline = new Baseline();
  readonly #signal: Signal;
  readonly #told: Told;
  readonly #steps: number;
  readonly #limit: (mean: number, deviation: number) => number;
  #above = 0;

  constructor(signal: Signal, told: Told, forMs: number, limit: (mean: number, deviation: number) => number) {
    this.#signal = signal;
    this.#told = told;
    this.#steps = Math.ceil(forMs / stepMs);
    this.#limit = limit;
  }

  take(figure: number, at: number): void {
    const mean = this.#baseline.meanAt(at);
    const isAbove = this.#baseline.isKnown && figure > this.#limit(mean, this.#baseline.deviation);
    this.#above = isAbove ? this.#above + 1 : 0;
    if (this.#above === this.#steps) this.#told(this.#signal, { figure, usual: Math.round(mean) });
    if (!isAbove || this.#above > learnAfterSteps) this.#baseline.learn(figure, at);
  }
}

/** What lasts for an hour is the new habit. */
const learnAfterSteps = 360;
