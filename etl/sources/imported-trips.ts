import { euroCents } from '../exchange-rates.ts';
import { cityOf, completedOf, driverIdOf, exactOf, metresOf, moneyOf, productOf } from '../normalise.ts';
import { connectionPage, type Known, type Source } from '../source.ts';
import { instantOf } from '../times.ts';
import { Check } from '../validate.ts';
import { star } from '../warehouse/tables.ts';
import { factRow, maxEuroCents, maxMetres } from './fact.ts';

type Field =
  | 'tripNumber'
  | 'migratedTo'
  | 'city'
  | 'driver'
  | 'product'
  | 'startedAt'
  | 'distance'
  | 'distanceUnit'
  | 'fare'
  | 'currency'
  | 'outcome';

type ImportedTrip = { readonly record: string } & { readonly [Name in Field]: string | null };

/**
 * The trips of a company that was taken over. Of the records of one trip the first stands: those that say the same are
 * duplicates, those that say something else are rejected. A trip that has become a ride of ours is a duplicate of it.
 */
export const importedTrips: Source = {
  name: 'imported trips',
  query: 'imported-trips.graphql',
  variables: {},
  order: 'appended',
  pageOf: (data) => connectionPage(data, 'importedTrips'),
  idOf: (record) => (record as ImportedTrip).record,
  table: star.rides,
  read: (record, known) => read(record as ImportedTrip, known),
  otherwise: ({ source }) => (source === 'imported' ? 'reject' : 'drop'),
};

function read(trip: ImportedTrip, known: Known): ReturnType<Source['read']> {
  const check = new Check();
  const text = (field: Field) => check.text(field, trip[field]);
  const number = text('tripNumber');
  const cityText = text('city');
  const city = cityText && check.take(cityOf(cityText, known));
  const driverText = text('driver');
  const driverId = driverText && check.take(driverIdOf(driverText, known));
  const productText = text('product');
  const product = productText && check.take(productOf(productText));
  const time = text('startedAt');
  const requestedAt = time && city && check.take(instantOf('startedAt', time, city.timeZone, known.now));
  const outcome = text('outcome');
  const completed = outcome && check.take(completedOf(outcome));
  const migratedTo = trip.migratedTo === null ? undefined : text('migratedTo');
  const measures = completed ? measured(trip, check) : undefined;
  if (check.problems.length > 0 || !number || !city || !driverId || !product || !requestedAt)
    return check.problems;
  const rideId = migratedTo ?? number.toUpperCase();
  return factRow({
    ...{ rideId, source: 'imported', city, product, driverId, requestedAt },
    completed: measures,
  });
}

function measured(trip: ImportedTrip, check: Check) {
  const distance = check.text('distance', trip.distance);
  const unit = check.text('distanceUnit', trip.distanceUnit);
  const exact = distance && check.take(exactOf('distance', distance));
  const length = exact && unit ? check.take(metresOf(exact, unit)) : undefined;
  const metres = check.within('distance in metres', length, 0n, maxMetres);
  const fare = check.text('fare', trip.fare);
  const currency = check.text('currency', trip.currency);
  const amount = fare && check.take(exactOf('fare', fare));
  const money = amount && currency ? check.take(moneyOf('fare', amount, currency)) : undefined;
  check.within('fare in euro cents', money && euroCents(money.cents, money.currency), 0n, maxEuroCents);
  return metres !== undefined && money ? { metres, fare: money } : undefined;
}
