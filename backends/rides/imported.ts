import { type City, cities, seedEnd } from '../shared/cities.ts';
import { driverHomes } from '../shared/drivers.ts';
import { type Random, randomFor } from '../shared/random.ts';
import type { Product, Ride } from './types.ts';

/**
 * The trips of Nordcab, a company that was taken over, as its old system wrote them: all text, in the units, currencies and
 * times of whoever typed them, some twice, some wrong. A fifth of the records cannot be taken as they are, on purpose.
 */

export interface ImportedTrip {
  /** Unique; everything else may be missing. */
  record: string;
  tripNumber: string | null;
  /** The ride of ours that this trip has become already. */
  migratedTo: string | null;
  city: string | null;
  driver: string | null;
  product: string | null;
  startedAt: string | null;
  distance: string | null;
  distanceUnit: string | null;
  fare: string | null;
  currency: string | null;
  outcome: string | null;
}

/** What a record really is; for tests that hold a reader of the records to it. */
export type Truth =
  | { is: 'trip'; trip: TrueTrip }
  | { is: 'duplicate' }
  | { is: 'wrong'; reason: WrongReason };

export interface TrueTrip {
  tripNumber: string;
  cityId: string;
  driverId: string;
  product: Product;
  /** `2025-06-30T17:59:00Z`; whole minutes. */
  startedAt: string;
  completed: boolean;
  /** 0 unless completed, like the fare. */
  distanceMetres: number;
  fareCents: number;
  currency: string;
}

export type WrongReason =
  | 'MISSING_FIELD'
  | 'UNKNOWN_CITY'
  | 'UNKNOWN_DRIVER'
  | 'UNKNOWN_PRODUCT'
  | 'UNKNOWN_UNIT'
  | 'UNKNOWN_CURRENCY'
  | 'BAD_NUMBER'
  | 'BAD_TIME'
  | 'OUT_OF_RANGE'
  | 'CONFLICT';

export interface ImportedRecord {
  trip: ImportedTrip;
  truth: Truth;
}

const recordCount = 1_200;

/** Always the same records, oldest first. @param rides those of ours; a few records have become some of them. */
export function seedImportedTrips(rides: readonly Ride[]): ImportedRecord[] {
  const random = randomFor('imported trips');
  const completed = rides.filter(({ status }) => status === 'COMPLETED');
  const records: ImportedRecord[] = [];
  const good: TrueTrip[] = [];
  for (let index = 0; index < recordCount; index += 1) {
    const record = `NC-R${String(index + 1).padStart(6, '0')}`;
    const earlier = good.length > 50 ? random.pick(good) : undefined;
    const kind = random.next();
    if (kind < 0.07 && earlier) {
      records.push({ trip: written(random, record, earlier), truth: { is: 'duplicate' } });
    } else if (kind < 0.08 && earlier?.completed) {
      const other = { ...earlier, fareCents: earlier.fareCents + 100 };
      records.push({ trip: written(random, record, other), truth: { is: 'wrong', reason: 'CONFLICT' } });
    } else if (kind < 0.12) {
      const trip = written(random, record, trueTrip(random, index));
      records.push({ trip: { ...trip, migratedTo: random.pick(completed).id }, truth: { is: 'duplicate' } });
    } else if (kind < 0.22) {
      records.push(spoiled(random, record, trueTrip(random, index)));
    } else {
      const trip = trueTrip(random, index);
      good.push(trip);
      records.push({ trip: written(random, record, trip), truth: { is: 'trip', trip } });
    }
  }
  return records;
}

const currencyAbroad = ['USD', 'GBP', 'SEK'];
const seedDays = 90;

function trueTrip(random: Random, index: number): TrueTrip {
  const driver = random.pick(driverHomes);
  const city = cityOf(driver.cityId);
  const minutes = random.integer(60, seedDays * 1_440);
  const startedAt = new Date(Date.parse(seedEnd) - minutes * 60_000);
  const completed = random.chance(0.9);
  return {
    tripNumber: `NC-${String(index + 1).padStart(6, '0')}`,
    cityId: city.id,
    driverId: driver.id,
    product: random.pick<Product>(['ECONOMY', 'ECONOMY', 'COMFORT', 'XL']),
    startedAt: `${startedAt.toISOString().slice(0, 19)}Z`,
    completed,
    distanceMetres: completed ? random.integer(5, 250) * 100 : 0,
    fareCents: completed ? random.integer(350, 60_000) : 0,
    currency: !completed || random.chance(0.96) ? city.currency : random.pick(currencyAbroad),
  };
}

/** The trip in one of the many ways in which the old system may say it. */
function written(random: Random, record: string, trip: TrueTrip): ImportedTrip {
  const city = cityOf(trip.cityId);
  const cityNames = {
    LIS: ['LIS', 'Lisboa', 'lisbon'],
    BER: ['BER', 'berlin'],
    OSL: ['OSL', 'OSLO ', 'Oslo'],
  };
  const products = { ECONOMY: ['ECONOMY', 'eco'], COMFORT: ['COMFORT', 'Comfort'], XL: ['XL', 'van'] };
  return {
    record,
    tripNumber: random.pick([trip.tripNumber, trip.tripNumber, ` ${trip.tripNumber.toLowerCase()} `]),
    migratedTo: null,
    city: random.pick(cityNames[trip.cityId as keyof typeof cityNames]),
    driver: random.pick([trip.driverId, trip.driverId.toLowerCase(), trip.driverId.replace('D', 'D-')]),
    product: random.pick(products[trip.product]),
    startedAt: writtenTime(random, trip.startedAt, city.timeZone),
    ...writtenDistance(random, trip),
    ...writtenFare(random, trip),
    outcome: trip.completed ? random.pick(['completed', 'DONE', 'C']) : random.pick(['cancelled', 'X']),
  };
}

function writtenTime(random: Random, instant: string, timeZone: string): string {
  const at = new Date(instant);
  const [day, time] = localTime(at, timeZone).split(' ') as [string, string];
  const german = `${day.split('-').reverse().join('.')} ${time}`;
  const east = `${new Date(at.getTime() + 7_200_000).toISOString().slice(0, 19)}+02:00`;
  return random.pick([instant, instant, instant, german, german, east, String(at.getTime() / 1_000)]);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `2025-06-30 19:59` on the clocks of the zone. */
function localTime(at: Date, timeZone: string): string {
  const known = clocks.get(timeZone);
  const clock =
    known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  clocks.set(timeZone, clock);
  return clock.format(at);
}

/** In kilometres, metres or miles, with a point or a comma. */
function writtenDistance(random: Random, trip: TrueTrip): Pick<ImportedTrip, 'distance' | 'distanceUnit'> {
  if (!trip.completed) return { distance: null, distanceUnit: null };
  const km = (trip.distanceMetres / 1_000).toFixed(1);
  // Every sixteenth trip is told in miles, to four digits, which are to the metre again.
  if (Number(trip.tripNumber.slice(-4)) % 16 === 0) {
    const miles = (trip.distanceMetres / 1_609.344).toFixed(4);
    return { distance: miles, distanceUnit: random.pick(['mi', 'Miles']) };
  }
  return random.pick([
    { distance: km, distanceUnit: 'km' },
    { distance: km.replace('.', ','), distanceUnit: 'KM' },
    { distance: String(trip.distanceMetres), distanceUnit: 'm' },
  ]);
}

function writtenFare(random: Random, trip: TrueTrip): Pick<ImportedTrip, 'fare' | 'currency'> {
  if (!trip.completed) return { fare: null, currency: null };
  const text = String(trip.fareCents).padStart(3, '0');
  const amount = `${text.slice(0, -2)}.${text.slice(-2)}`;
  const names: Readonly<Record<string, readonly string[]>> = {
    EUR: ['EUR', 'EUR', 'eur', '€', 'Euro', 'cent'],
    NOK: ['NOK', 'NOK', 'kr', 'øre'],
    GBP: ['GBP', '£', 'pence'],
  };
  const currency = random.pick(names[trip.currency] ?? [trip.currency]);
  if (['cent', 'øre', 'pence'].includes(currency)) return { fare: String(trip.fareCents), currency };
  return { fare: random.pick([amount, amount, amount.replace('.', ','), ` ${amount} `]), currency };
}

/** A record with one thing wrong. */
function spoiled(random: Random, record: string, trip: TrueTrip): ImportedRecord {
  const sound: TrueTrip = {
    ...trip,
    completed: true,
    distanceMetres: 4_200,
    fareCents: 1_250,
    currency: 'EUR',
  };
  const [reason, wrong] = random.pick<readonly [WrongReason, Partial<ImportedTrip>]>([
    ['MISSING_FIELD', { fare: null }],
    ['MISSING_FIELD', { tripNumber: null }],
    ['MISSING_FIELD', { distance: '' }],
    ['MISSING_FIELD', { startedAt: null, city: '  ' }],
    ['UNKNOWN_CITY', { city: 'Atlantis' }],
    ['UNKNOWN_DRIVER', { driver: 'D9999' }],
    ['UNKNOWN_PRODUCT', { product: 'limousine' }],
    ['UNKNOWN_UNIT', { distance: '21', distanceUnit: 'furlongs' }],
    ['UNKNOWN_CURRENCY', { currency: 'DEM' }],
    ['BAD_NUMBER', { fare: 'n/a' }],
    ['BAD_NUMBER', { distance: '4.2.0', distanceUnit: 'km' }],
    ['BAD_TIME', { startedAt: '30.02.2025 12:00' }],
    ['BAD_TIME', { startedAt: 'yesterday' }],
    // Clocks went from 02:00 to 03:00 in this night.
    ['BAD_TIME', { startedAt: '30.03.2025 02:30', city: 'Berlin' }],
    ['OUT_OF_RANGE', { distance: '-3', distanceUnit: 'km' }],
    ['OUT_OF_RANGE', { distance: '42000', distanceUnit: 'km' }],
    ['OUT_OF_RANGE', { fare: '999999.00', currency: 'EUR' }],
    ['OUT_OF_RANGE', { startedAt: '2999-01-01T00:00:00Z' }],
  ]);
  return { trip: { ...written(random, record, sound), ...wrong }, truth: { is: 'wrong', reason } };
}

function cityOf(id: string): City {
  return cities.find((city) => city.id === id) as City;
}
