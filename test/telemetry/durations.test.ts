import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Durations } from '../../src/telemetry/durations.ts';

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

it('tells the same text as the histogram of prom-client, whatever is observed', async () => {
  const kind = fc.constantFrom('query', 'mutation', 'a "quoted" kind');
  const observation = fc.tuple(
    kind,
    fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom(5, 10, 30_000)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(observation), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const durations = new Durations(ours, 'took_seconds', 'What took how long.', 'kind');
      const help = 'What took how long.';
      const histogram = new Histogram({
        name: 'took_seconds',
        help,
        labelNames: ['kind'],
        buckets,
        registers: [theirs],
      });
      for (const [label, durationMs] of observations) {
        durations.observe(label, durationMs);
        histogram.observe({ kind: label }, durationMs / 1_000);
      }
      expect(linesOf(await ours.metrics())).toEqual(linesOf(await theirs.metrics()));
    }),
    { numRuns: 50 },
  );
});

/** Sums of fractions differ in their last digits. */
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) =>
      line.replace(/(_sum\S* )(.*)$/, (_all, name: string, sum: string) => name + Number(sum).toFixed(6)),
    );
}
