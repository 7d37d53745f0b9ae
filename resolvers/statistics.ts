import { bind, connection, type FieldContext, ifPresent, parent, TributaryError } from 'tributary';
import { fleet } from '../datasources/fleet.ts';
import { type GroupKey, type StatisticsPage, warehouse } from '../datasources/warehouse.ts';
import type { Fields, QueryRideStatisticsArgs } from '../schema/types.ts';
import { cityOf } from './city.ts';

const maxDays = 1_096;
const maxGroups = 500;

/** One page of groups. The database counts and sums; nothing is added up here. */
export async function rideStatistics(
  { from, to, by, cityId, first, after }: QueryRideStatisticsArgs,
  { load }: FieldContext,
): Promise<StatisticsPage> {
  checkRange(from, to);
  if (first < 1 || first > maxGroups)
    throw new TributaryError('BAD_USER_INPUT', `\`first\` must be from 1 to ${maxGroups}, but is ${first}.`);
  const behind = after == null ? beforeAll : keyOf(after);
  const found = await load(warehouse.statistics, {
    from: dateKey(from),
    to: dateKey(to),
    cityId: cityId ?? null,
    byDay: by.includes('DAY'),
    byMonth: by.includes('MONTH'),
    byCountry: by.includes('COUNTRY'),
    byCity: by.includes('CITY'),
    byProduct: by.includes('PRODUCT'),
    byDriver: by.includes('DRIVER'),
    afterDate: behind.dateKey,
    afterMonth: behind.monthKey,
    afterCountry: behind.countryKey,
    afterCity: behind.cityKey,
    afterProduct: behind.productKey,
    afterDriver: behind.driverKey,
    // One more tells whether there is another page.
    first: first + 1,
  });
  const nodes = found.slice(0, first);
  return {
    nodes,
    cursors: nodes.map(cursorOf),
    hasNextPage: found.length > first,
    hasPreviousPage: after != null,
  };
}

export const RideStatistics: Fields<'RideStatistics'> = {
  day: ({ dateKey }) => (dateKey === 0 ? null : dayOf(dateKey)),
  city: ({ cityId }, _, context) => (cityId === null ? null : cityOf(cityId, context)),
  driver: bind(fleet.driver, { id: ifPresent(parent('driverId')) }),
  cancelled: ({ rides, completed }) => rides - completed,
  distanceKm: ({ distanceMetres }) => scaled(BigInt(distanceMetres), 3),
  fares: ({ fareCents }) => euro(BigInt(fareCents)),
  averageFare: ({ fareCents, completed }) =>
    completed === 0 ? null : euro(quotient(BigInt(fareCents), BigInt(completed))),
  averageDistanceKm: ({ distanceMetres, completed }) =>
    completed === 0 ? null : scaled(quotient(BigInt(distanceMetres), BigInt(completed)), 3),
};

export const RideStatisticsConnection: Fields<'RideStatisticsConnection'> = connection();

/** Days are compared as text: `Date` has seen to their form. */
function checkRange(from: string, to: string): void {
  if (from > to) throw new TributaryError('BAD_USER_INPUT', '`from` must not be after `to`.');
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  if (days > maxDays)
    throw new TributaryError(
      'BAD_USER_INPUT',
      `\`from\` and \`to\` may span ${maxDays} days, but they span ${days}.`,
    );
}

/** `2025-06-30` as 20250630. */
function dateKey(day: string): number {
  return Number(day.replaceAll('-', ''));
}

function dayOf(key: number): string {
  return String(key)
    .padStart(8, '0')
    .replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}

/** Before every group. */
const beforeAll: GroupKey = {
  dateKey: -1,
  monthKey: '',
  countryKey: '',
  cityKey: '',
  productKey: '',
  driverKey: '',
};

function cursorOf(group: GroupKey): string {
  const { dateKey: date, monthKey, countryKey, cityKey, productKey, driverKey } = group;
  return Buffer.from(JSON.stringify([date, monthKey, countryKey, cityKey, productKey, driverKey])).toString(
    'base64url',
  );
}

function keyOf(cursor: string): GroupKey {
  const parts = partsOf(cursor);
  const [date, ...texts] = parts;
  const isKey =
    parts.length === 6 &&
    Number.isSafeInteger(date) &&
    texts.every((text) => typeof text === 'string' && text.length <= 100);
  if (!isKey) throw new TributaryError('BAD_USER_INPUT', '`after` is no cursor of this list.');
  const [monthKey = '', countryKey = '', cityKey = '', productKey = '', driverKey = ''] = texts as string[];
  return { dateKey: date as number, monthKey, countryKey, cityKey, productKey, driverKey };
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function euro(cents: bigint): { amount: string; currency: string } {
  return { amount: scaled(cents, 2), currency: 'EUR' };
}

/** A whole number of the smallest parts, written with a point: 1234 cents are `12.34`. */
function scaled(parts: bigint, digits: number): string {
  const text = String(parts < 0n ? -parts : parts).padStart(digits + 1, '0');
  return `${parts < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Rounded half up; sums are never negative. */
function quotient(sum: bigint, count: bigint): bigint {
  return (2n * sum + count) / (2n * count);
}
