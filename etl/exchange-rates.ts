/**
 * What one euro is in each currency, in ten-thousandths: the fixed rates of the warehouse, those of 2025-06-30 (European
 * Central Bank reference rates). Fixed, so that loading the same ride twice gives the same row.
 */
const perEuro: Readonly<Record<string, bigint>> = {
  EUR: 10_000n,
  GBP: 8_555n,
  NOK: 118_345n,
  SEK: 111_465n,
  USD: 11_720n,
};

export function hasRate(currency: string): boolean {
  return Object.hasOwn(perEuro, currency);
}

/** Cents of a currency that has a rate as euro cents, rounded half up; amounts are never negative. */
export function euroCents(cents: bigint, currency: string): bigint {
  const rate = perEuro[currency];
  if (rate === undefined) throw new Error(`There is no rate for ${currency}.`);
  return (2n * cents * 10_000n + rate) / (2n * rate);
}
