import { type City, cities, cityById, seedEnd } from '../shared/cities.ts';
import { type DriverHome, driverHomes } from '../shared/drivers.ts';
import { distanceMetres } from '../shared/geography.ts';
import { personName } from '../shared/names.ts';
import { type Random, randomFor } from '../shared/random.ts';
import { randomPlace, randomPostalCode } from './places.ts';
import type { Place, Product, Ride, Rider, RideStatus } from './types.ts';

/** The seeded riders and rides: always the same 800 and 5,000. */

const riderCount = 800;
const rideCount = 5_000;
/** The newest rides are on their way; all others are over. */
const activeWindow = 140;
const seedDays = 95;

export function seedRiders(): Rider[] {
  const random = randomFor('riders');
  return Array.from({ length: riderCount }, (_, index) => {
    const id = `R${String(index + 1).padStart(5, '0')}`;
    const city = random.pick(cities);
    const joined = new Date(Date.UTC(2019, 0, 1 + random.integer(0, 2_000)));
    return {
      id,
      name: personName(random, index),
      email: `rider+${index + 1}@example.com`,
      phone: `00${random.pick(['351', '49', '47'])} ${random.integer(100, 999)} 0${random.integer(10_000, 99_999)}`,
      cityId: city.id,
      postalCode: randomPostalCode(random, city),
      // Odd numbers above 2^53 are those a double cannot hold.
      accountNumber: (9_007_199_254_740_993n + 2n * BigInt(index) * 7_919n).toString(),
      joinedOn: joined.toISOString().slice(0, 10),
    };
  });
}

/** All rides, oldest first; several share a second, so that pages by time alone would lose some. */
export function seedRides(riders: readonly Rider[]): Ride[] {
  const random = randomFor('rides');
  const times = requestTimes(random);
  const freeDrivers = new Set(driverHomes);
  return times.map((requestedAt, index) => {
    const active = index >= rideCount - activeWindow;
    return seedRide(random, { index, requestedAt, active, rider: random.pick(riders), freeDrivers });
  });
}

function requestTimes(random: Random): Date[] {
  const end = Date.parse(seedEnd);
  const old = Array.from({ length: rideCount - activeWindow }, () =>
    random.integer(end - seedDays * 86_400_000, end - 3_600_000),
  ).sort((a, b) => a - b);
  const recent = Array.from({ length: activeWindow }, () => random.integer(end - 2_700_000, end)).sort(
    (a, b) => a - b,
  );
  const times = [...old, ...recent].map((time) => Math.floor(time / 1_000) * 1_000);
  // Some rides share a second with the one before, some with the two before.
  for (let index = 1; index < times.length; index += 1) {
    if (index % 97 === 0 || index % 291 === 1) times[index] = times[index - 1] as number;
  }
  return times.map((time) => new Date(time));
}

interface Draft {
  index: number;
  requestedAt: Date;
  active: boolean;
  rider: Rider;
  /** Drivers without an active ride. */
  freeDrivers: Set<DriverHome>;
}

function seedRide(random: Random, draft: Draft): Ride {
  const city = cityById(draft.rider.cityId) as City;
  const pickup = randomPlace(random, city, city, 9_000);
  const dropoff = randomPlace(random, city, pickup, 12_000);
  const status = draft.active ? activeStatus(random) : random.chance(0.9) ? 'COMPLETED' : 'CANCELLED';
  const earlyCancel = status === 'CANCELLED' && random.chance(0.4);
  const hasDriver = status !== 'REQUESTED' && !earlyCancel;
  const driver = hasDriver ? pickDriver(random, city, draft) : undefined;
  return {
    id: rideId(draft.index + 1),
    riderId: draft.rider.id,
    driverId: driver?.id ?? null,
    cityId: city.id,
    status,
    product: random.pick<Product>(['ECONOMY', 'ECONOMY', 'ECONOMY', 'COMFORT', 'XL']),
    requestedAt: isoSeconds(draft.requestedAt),
    promisedMinutes: random.integer(3, 15),
    pickup,
    dropoff,
    distanceKm: distanceKm(pickup, dropoff),
    promoCode: random.chance(0.1)
      ? random.pick(['00123', '1e5', '1.10', 'WELCOME&BACK', 'null', '0x1F'])
      : null,
    ...cancellation(random, status, draft.requestedAt),
    partnerId: partnerOf(draft.index),
  };
}

/** Three of ten rides were sold by a partner. */
function partnerOf(index: number): string | null {
  return (
    ['aster-hotels', null, null, 'blue-line', null, null, null, 'cityhop', null, null][index % 10] ?? null
  );
}

function activeStatus(random: Random): RideStatus {
  return random.pick<RideStatus>([
    'REQUESTED',
    'ASSIGNED',
    'ASSIGNED',
    'ARRIVING',
    'ARRIVING',
    'IN_PROGRESS',
    'IN_PROGRESS',
    'COMPLETED',
    'CANCELLED',
  ]);
}

/** A driver of the city; one with an active ride is not given a second one. */
function pickDriver(random: Random, city: City, draft: Draft): DriverHome {
  const candidates = draft.active ? [...draft.freeDrivers] : driverHomes;
  const driver = random.pick(candidates.filter((home) => home.cityId === city.id));
  if (draft.active) draft.freeDrivers.delete(driver);
  return driver;
}

function cancellation(
  random: Random,
  status: RideStatus,
  requestedAt: Date,
): Pick<Ride, 'cancelledAt' | 'cancelReason'> {
  if (status !== 'CANCELLED') return { cancelledAt: null, cancelReason: null };
  const reasons = [
    'Changed my mind',
    "Driver didn't come",
    'Zu spät & zu weit <weg>',
    'Fant en annen "bil" 🚲',
    'null',
  ];
  const later = requestedAt.getTime() + random.integer(20, 1_200) * 1_000;
  const cancelledAt = new Date(Math.min(later, Date.parse(seedEnd)));
  return { cancelledAt: isoSeconds(cancelledAt), cancelReason: random.pick(reasons) };
}

export function rideId(number: number): string {
  return `RIDE-${String(number).padStart(6, '0')}`;
}

/** `2025-06-30T18:00:00Z` */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Kilometres along the great circle, to ten metres. */
export function distanceKm(pickup: Place, dropoff: Place): number {
  return Math.round(distanceMetres(pickup, dropoff) / 10) / 100;
}
