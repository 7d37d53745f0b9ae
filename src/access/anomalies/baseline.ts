import { thresholds } from './thresholds.ts';

const { stepMs, minSteps, halfLifeSteps } = thresholds.baseline;
const keep = 0.5 ** (1 / halfLifeSteps);
const hoursOfWeek = 168;

/**
 * What is usual of one figure: an exponentially weighted mean and deviation over steps of ten seconds, and the mean of each
 * hour of the week once that hour has been seen, so that a Monday morning is compared with Monday mornings.
 */
export class Baseline {
  #mean = 0;
  #variance = 0;
  #steps = 0;
  #hours: Float32Array | undefined;
  #hourSteps: Uint16Array | undefined;

  /** Whether enough was seen to call something unusual. */
  get isKnown(): boolean {
    return this.#steps >= minSteps;
  }

  /** What is usual at that time, for one step. */
  meanAt(at: number): number {
    const hour = hourOf(at);
    const isKnown = (this.#hourSteps?.[hour] ?? 0) >= minSteps;
    return isKnown ? Math.max(this.#mean, this.#hours?.[hour] ?? 0) : this.#mean;
  }

  get deviation(): number {
    return Math.sqrt(this.#variance);
  }

  /** Takes in a step that is over. */
  learn(figure: number, at: number): void {
    this.#steps += 1;
    // The first steps are a plain mean: each counts alike.
    const share = Math.max(1 - keep, 1 / this.#steps);
    const off = figure - this.#mean;
    this.#mean += share * off;
    this.#variance = (1 - share) * (this.#variance + share * off * off);
    const hour = hourOf(at);
    this.#hours ??= new Float32Array(hoursOfWeek);
    this.#hourSteps ??= new Uint16Array(hoursOfWeek);
    const seen = Math.min((this.#hourSteps[hour] as number) + 1, 65_535);
    this.#hourSteps[hour] = seen;
    this.#hours[hour] = (this.#hours[hour] as number) + (figure - (this.#hours[hour] as number)) / seen;
  }
}

/** The number of the step that a time lies in. */
export function stepOf(at: number): number {
  return Math.floor(at / stepMs);
}

function hourOf(at: number): number {
  return Math.floor(at / 3_600_000) % hoursOfWeek;
}
