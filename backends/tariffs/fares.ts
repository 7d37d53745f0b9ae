import { createHash } from 'node:crypto';
import { cityAround, cityById } from '../shared/cities.ts';
import { type Coordinate, distanceMetres } from '../shared/geography.ts';
import { type Product, type ProductRate, type Rate, rates } from './rates.ts';

/** What trips cost: a pure function of the request, computed in whole cents. */

export interface Trip {
  from: Coordinate;
  to: Coordinate;
  product: Product;
}

/** An amount as it is written: `12.30`. */
export interface Money {
  amount: string;
  currency: string;
}

export interface Estimate {
  total: Money;
  perKm: Money;
  surcharge: Money | null;
  /** Three decimals: `7.120`. */
  distanceKm: string;
  tariffCode: string;
  zones: readonly string[];
  quoteNumber: bigint;
  fixedPrice: boolean;
  validUntil: string;
}

/** A trip or city that has no price; becomes the SOAP Fault's typed detail. */
export class TariffRefusal extends Error {
  readonly code: 'UNKNOWN_CITY' | 'OUT_OF_AREA';

  constructor(code: TariffRefusal['code'], message: string) {
    super(message);
    this.name = 'TariffRefusal';
    this.code = code;
  }
}

/** @throws TariffRefusal OUT_OF_AREA unless both ends lie in one city. */
export function estimateFare(trip: Trip): Estimate {
  const city = cityAround(trip.from);
  if (!city || cityAround(trip.to) !== city) {
    throw new TariffRefusal('OUT_OF_AREA', 'Both ends of a trip must lie in the same city & area.');
  }
  const rate = rateOf(city.id);
  const product = rate.products[trip.product];
  const metres = distanceMetres(trip.from, trip.to);
  // Ten-thousandths per kilometre times metres are ten-millionths; a cent is a hundred thousand of them.
  const drive = product.baseCents + Math.round((product.perKmTenThousandths * metres) / 100_000);
  const total = Math.max(drive, product.minimumCents) + (product.surchargeCents ?? 0);
  const { perKm, surcharge } = productMoney(product, city.currency);
  return {
    total: cents(total, city.currency),
    perKm,
    surcharge,
    distanceKm: decimal(metres, 3),
    tariffCode: product.tariffCode,
    zones: rate.zones.slice(0, Math.min(rate.zones.length, 1 + Math.floor(metres / 5_000))),
    quoteNumber: quoteNumber(trip),
    fixedPrice: metres < 30_000,
    validUntil: rate.validUntil,
  };
}

/** @throws TariffRefusal UNKNOWN_CITY */
export function rateOf(cityId: string): Rate {
  const rate = rates.find((candidate) => candidate.cityId === cityId);
  if (!rate) throw new TariffRefusal('UNKNOWN_CITY', 'There are no tariffs for this city.');
  return rate;
}

/** The amounts of a product's rate. */
export function productMoney(
  product: ProductRate,
  currency: string,
): { base: Money; perKm: Money; minimum: Money; surcharge: Money | null } {
  return {
    base: cents(product.baseCents, currency),
    perKm: { amount: decimal(product.perKmTenThousandths, 4), currency },
    minimum: cents(product.minimumCents, currency),
    surcharge: product.surchargeCents === null ? null : cents(product.surchargeCents, currency),
  };
}

/**
 * What cancelling costs: nothing for the first three minutes, before a driver was found, or when the ride has begun or
 * ended; else 4.00 and 0.50 for each further minute, up to 12.00.
 */
export function cancellationFee(status: string, minutesSinceRequest: number, currency: string): Money | null {
  const isDue = ['ASSIGNED', 'ARRIVING', 'CANCELLED'].includes(status) && minutesSinceRequest > 3;
  return isDue ? cents(Math.min(1_200, 400 + 50 * (minutesSinceRequest - 3)), currency) : null;
}

/** @throws TariffRefusal UNKNOWN_CITY */
export function currencyOf(cityId: string): string {
  const city = cityById(cityId);
  if (!city) throw new TariffRefusal('UNKNOWN_CITY', 'There are no tariffs for this city.');
  return city.currency;
}

function cents(amount: number, currency: string): Money {
  return { amount: decimal(amount, 2), currency };
}

/** A whole number of smallest units with a point set: (1230, 2) is `12.30`. */
function decimal(units: number, places: number): string {
  const digits = String(units).padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** 63 bits with the highest set, so always beyond what a double holds exactly. */
function quoteNumber(trip: Trip): bigint {
  const { from, to, product } = trip;
  const text = [from.latitude, from.longitude, to.latitude, to.longitude, product].join(' ');
  const hash = createHash('sha256').update(text).digest().readBigUInt64BE();
  // The lowest bit keeps it odd: an even one might survive a double by luck.
  return (hash & 0x3fff_ffff_ffff_ffffn) | 0x4000_0000_0000_0001n;
}
