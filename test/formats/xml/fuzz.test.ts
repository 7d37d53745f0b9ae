import { expect, it } from 'vitest';
import { fuzzXml } from './fuzz.ts';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);

it(
  'mutated, cut and hostile documents never crash, hang or half succeed',
  async () => {
    const figures = await fuzzXml(SECONDS * 1_000);
    console.log(
      `fuzzed ${figures.documents} documents: ${figures.accepted} accepted, ${figures.refused} refused, slowest ${figures.slowestMs.toFixed(0)} ms`,
    );
    expect(figures.accepted).toBeGreaterThan(0);
    expect(figures.refused).toBeGreaterThan(0);
  },
  SECONDS * 1_000 + 30_000,
);
