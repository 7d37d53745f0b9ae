import { euroCents } from '../exchange-rates.ts';
import { exactOf, metresOf, moneyOf, productOf } from '../normalise.ts';
import { connectionPage, type Known, type Source } from '../source.ts';
import { instantOf } from '../times.ts';
import { Check, Problem } from '../validate.ts';
import { noDriver, star } from '../warehouse/tables.ts';
import { factRow, maxEuroCents, maxMetres } from './fact.ts';

interface Ride {
  readonly id: string;
  readonly product: string;
  readonly requestedAt: string;
  readonly distanceKm: number;
  readonly city: { readonly id: string } | null;
  readonly driver: { readonly id: string } | null;
  readonly fare?: { readonly total: string; readonly currency: string } | null;
}

/** Rides that are over. What a ride was does not change any more: one that is in the warehouse stays as it is. */
export const completedRides: Source = ridesWith('COMPLETED');
export const cancelledRides: Source = ridesWith('CANCELLED');

function ridesWith(status: 'COMPLETED' | 'CANCELLED'): Source {
  const completed = status === 'COMPLETED';
  return {
    name: `${status.toLowerCase()} rides`,
    query: 'rides.graphql',
    variables: { status, withFare: completed },
    order: 'newest first',
    pageOf: (data) => connectionPage(data, 'rides'),
    idOf: (record) => (record as Ride).id,
    timeOf: (record) => (record as Ride).requestedAt,
    table: star.rides,
    read: (record, known) => read(record as Ride, completed, known),
    otherwise: () => 'drop',
  };
}

function read(ride: Ride, completed: boolean, known: Known): ReturnType<Source['read']> {
  const check = new Check();
  const cityId = check.text('city', ride.city?.id);
  const city = check.take(
    cityId && (known.cities.get(cityId) ?? new Problem('UNKNOWN_CITY', 'The city is none of ours.')),
  );
  const driverId = completed ? check.text('driver', ride.driver?.id) : (ride.driver?.id ?? noDriver);
  if (driverId !== undefined && driverId !== noDriver && !known.drivers.has(driverId))
    check.take(new Problem('UNKNOWN_DRIVER', 'The driver is none of ours.'));
  const requestedAt = check.take(instantOf('requestedAt', ride.requestedAt, 'UTC', known.now));
  const product = check.take(productOf(ride.product));
  const trip = completed ? measured(ride, check) : undefined;
  if (check.problems.length > 0 || !city || !driverId || !product || !requestedAt) return check.problems;
  return factRow({
    ...{ rideId: ride.id, source: 'rides', city, product, driverId, requestedAt },
    completed: trip,
  });
}

function measured({ distanceKm, fare }: Ride, check: Check) {
  const distance = check.take(exactOf('distanceKm', String(distanceKm)));
  const metres = check.within(
    'distance in metres',
    distance && check.take(metresOf(distance, 'km')),
    0n,
    maxMetres,
  );
  const total = check.text('fare', fare?.total);
  const exact = total && check.take(exactOf('fare', total));
  const money = exact && check.take(moneyOf('fare', exact, String(fare?.currency)));
  check.within(
    'fare in euro cents',
    money ? euroCents(money.cents, money.currency) : undefined,
    0n,
    maxEuroCents,
  );
  return metres !== undefined && money ? { metres, fare: money } : undefined;
}
