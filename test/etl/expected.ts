import { seedRiders, seedRides } from '../../backends/rides/data.ts';
import { seedImportedTrips } from '../../backends/rides/imported.ts';
import { cityById } from '../../backends/shared/cities.ts';
import { estimateFare } from '../../backends/tariffs/fares.ts';

/** What must be in the warehouse, computed from the raw data and nothing of the loader. */
export interface ExpectedFact {
  readonly rideId: string;
  readonly cityId: string;
  /** `2025-06-30`, in the city. */
  readonly day: string;
  readonly product: string;
  readonly driverId: string;
  readonly completed: boolean;
  readonly metres: bigint;
  readonly cents: bigint;
  readonly currency: string;
  readonly euroCents: bigint;
}

const rides = seedRides(seedRiders());
export const importedRecords = seedImportedTrips(rides);

/** Euro reference rates of 2025-06-30, as the bank writes them. */
const rates: Readonly<Record<string, string>> = {
  EUR: '1.0000',
  GBP: '0.8555',
  NOK: '11.8345',
  SEK: '11.1465',
  USD: '1.1720',
};

function computeFacts(): readonly ExpectedFact[] {
  const facts: ExpectedFact[] = [];
  for (const ride of rides) {
    if (ride.status !== 'COMPLETED' && ride.status !== 'CANCELLED') continue;
    const { id: rideId, cityId, product, status, driverId, requestedAt, pickup, dropoff } = ride;
    const completed = status === 'COMPLETED';
    const { total } = estimateFare({ from: pickup, to: dropoff, product });
    facts.push(
      factOf({
        ...{ rideId, cityId, product, driverId: driverId ?? 'NONE', at: requestedAt, completed },
        metres: completed ? BigInt(Math.round(ride.distanceKm * 1_000)) : 0n,
        cents: completed ? BigInt(total.amount.replace('.', '')) : 0n,
        currency: completed ? total.currency : (cityById(cityId)?.currency ?? ''),
      }),
    );
  }
  for (const { truth } of importedRecords) {
    if (truth.is !== 'trip') continue;
    const { tripNumber, distanceMetres, fareCents, startedAt, ...same } = truth.trip;
    facts.push(
      factOf({
        ...same,
        ...{ rideId: tripNumber, at: startedAt, metres: BigInt(distanceMetres), cents: BigInt(fareCents) },
      }),
    );
  }
  return facts;
}

function factOf({ at, ...fact }: Omit<ExpectedFact, 'day' | 'euroCents'> & { at: string }): ExpectedFact {
  const day = calendarOf(cityById(fact.cityId)?.timeZone ?? '').format(new Date(at));
  const rate = BigInt(String(rates[fact.currency]).replace('.', ''));
  // Tenths of a cent, rounded by hand.
  const thousandths = (fact.cents * 10_000n * 1_000n) / rate;
  return { ...fact, day, euroCents: (thousandths + 500n) / 1_000n };
}

const calendars = new Map<string, Intl.DateTimeFormat>();

/** Writes days as `2025-06-30`. Making one is slow. */
function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone });
  calendars.set(timeZone, calendar);
  return calendar;
}

export const expectedFacts = computeFacts();
