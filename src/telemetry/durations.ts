import type { Metric, Registry } from 'prom-client';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface Observed {
  /** How many fell into each bucket, not counting those of smaller ones; the last one is for what is longer than all. */
  readonly buckets: number[];
  count: number;
  sumMs: number;
}

/**
 * A histogram of durations with one label. Told several times a request, so it adds to plain numbers, where the package's
 * own looks its labels up anew each time; the text is made when somebody reads.
 */
export class Durations {
  readonly #label: string;
  readonly #observed = new Map<string, Observed>();

  /** Registers itself under the name, as seconds. */
  constructor(registry: Registry, name: string, help: string, label: string) {
    this.#label = label;
    const metric = {
      name,
      get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: this.#values(name) }),
      reset: () => this.#observed.clear(),
    };
    registry.registerMetric(metric as unknown as Metric);
  }

  observe(labelValue: string, durationMs: number): void {
    let observed = this.#observed.get(labelValue);
    if (observed === undefined) {
      observed = { buckets: new Array(secondsBuckets.length + 1).fill(0), count: 0, sumMs: 0 };
      this.#observed.set(labelValue, observed);
    }
    const seconds = durationMs / 1_000;
    let bucket = 0;
    while (bucket < secondsBuckets.length && seconds > (secondsBuckets[bucket] as number)) bucket += 1;
    observed.buckets[bucket] = (observed.buckets[bucket] as number) + 1;
    observed.count += 1;
    observed.sumMs += durationMs;
  }

  #values(name: string): readonly object[] {
    return [...this.#observed].flatMap(([labelValue, { buckets, count, sumMs }]) => {
      const labels = { [this.#label]: labelValue };
      let below = 0;
      const bounds = [...secondsBuckets, '+Inf'].map((le, bucket) => {
        below += buckets[bucket] as number;
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
      });
      return [
        ...bounds,
        { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
  }
}
