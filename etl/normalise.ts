import { hasRate } from './exchange-rates.ts';
import type { Known, KnownCity } from './source.ts';
import { Problem } from './validate.ts';

/** Text of many habits in, one unit out: metres, cents, ISO currencies, our ids. What cannot be told apart is a problem. */

/** A decimal exactly: 12.30 is 1230 with two digits behind the point. A comma is a point. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

export function exactOf(field: string, text: string): Exact | Problem {
  const match = /^(-?\d{1,12})(?:[.,](\d{1,6}))?$/.exec(text);
  if (!match) return new Problem('BAD_NUMBER', `${field} is no number.`);
  const [, whole = '', fraction = ''] = match;
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Millimetres of one unit; a mile is the international one. */
const millimetres: Readonly<Record<string, bigint>> = {
  m: 1_000n,
  km: 1_000_000n,
  mi: 1_609_344n,
  mile: 1_609_344n,
  miles: 1_609_344n,
};

/** A distance in metres, rounded half up. */
export function metresOf({ digits, scale }: Exact, unit: string): bigint | Problem {
  const name = unit.toLowerCase();
  const length = Object.hasOwn(millimetres, name) ? millimetres[name] : undefined;
  if (length === undefined) return new Problem('UNKNOWN_UNIT', 'distanceUnit is none of m, km, mi.');
  const divisor = 10n ** BigInt(scale) * 1_000n;
  return floorOf(2n * digits * length + divisor, 2n * divisor);
}

/** How currencies are written beside their codes; `scale` is how many digits of the unit are behind its point. */
const currencies: Readonly<Record<string, { readonly code: string; readonly scale: number }>> = {
  '€': { code: 'EUR', scale: 2 },
  euro: { code: 'EUR', scale: 2 },
  cent: { code: 'EUR', scale: 0 },
  kr: { code: 'NOK', scale: 2 },
  øre: { code: 'NOK', scale: 0 },
  '£': { code: 'GBP', scale: 2 },
  pence: { code: 'GBP', scale: 0 },
};

export interface Money {
  /** Hundredths of the currency. */
  readonly cents: bigint;
  readonly currency: string;
}

export function moneyOf(field: string, { digits, scale }: Exact, written: string): Money | Problem {
  const name = written.toLowerCase();
  const known = Object.hasOwn(currencies, name) ? currencies[name] : undefined;
  const code = known?.code ?? written.toUpperCase();
  if (!hasRate(code)) return new Problem('UNKNOWN_CURRENCY', 'The currency has no rate here.');
  const places = known?.scale ?? 2;
  const divisor = 10n ** BigInt(Math.max(scale - places, 0));
  if (digits % divisor !== 0n) return new Problem('BAD_NUMBER', `${field} is finer than a cent.`);
  return { cents: (digits / divisor) * 10n ** BigInt(Math.max(places - scale, 0)), currency: code };
}

/** A city by its id or name, whatever its capitals; Lisbon also by its English name. */
export function cityOf(text: string, { cities }: Known): KnownCity | Problem {
  const name = text.toLowerCase();
  const wanted = name === 'lisbon' ? 'lisboa' : name;
  for (const city of cities.values())
    if (city.id.toLowerCase() === wanted || city.name.toLowerCase() === wanted) return city;
  return new Problem('UNKNOWN_CITY', 'The city is none of ours.');
}

/** `d-0012` as `D0012`, which must be a driver of ours. */
export function driverIdOf(text: string, { drivers }: Known): string | Problem {
  const id = text.toUpperCase().replace('-', '');
  return drivers.has(id) ? id : new Problem('UNKNOWN_DRIVER', 'The driver is none of ours.');
}

const products: Readonly<Record<string, string>> = {
  economy: 'ECONOMY',
  eco: 'ECONOMY',
  comfort: 'COMFORT',
  xl: 'XL',
  van: 'XL',
};

export function productOf(text: string): string | Problem {
  const name = text.toLowerCase();
  const product = Object.hasOwn(products, name) ? products[name] : undefined;
  return product ?? new Problem('UNKNOWN_PRODUCT', 'The product is none of ours.');
}

const outcomes: Readonly<Record<string, boolean>> = {
  completed: true,
  done: true,
  c: true,
  cancelled: false,
  x: false,
};

/** Whether the ride was completed; it was cancelled otherwise. */
export function completedOf(text: string): boolean | Problem {
  const name = text.toLowerCase();
  const completed = Object.hasOwn(outcomes, name) ? outcomes[name] : undefined;
  return completed ?? new Problem('UNKNOWN_OUTCOME', 'The outcome is neither completed nor cancelled.');
}

/** Rounded down, also below zero. */
function floorOf(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}
