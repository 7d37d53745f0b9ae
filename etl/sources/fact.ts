import { euroCents } from '../exchange-rates.ts';
import type { Money } from '../normalise.ts';
import type { KnownCity } from '../source.ts';
import { dateKeyOf } from '../times.ts';
import type { Cell } from '../warehouse/database.ts';

/** A ride that is over, in our own units. */
export interface Fact {
  readonly rideId: string;
  readonly source: string;
  readonly city: KnownCity;
  readonly product: string;
  readonly driverId: string;
  readonly requestedAt: string;
  /** Absent where the ride was cancelled. */
  readonly completed: { readonly metres: bigint; readonly fare: Money } | undefined;
}

/** Further and dearer is a slip of somebody's hand. */
export const maxMetres = 1_000_000n;
export const maxEuroCents = 1_000_000n;

/** A row of `fact_rides`. A ride belongs to the day that calendars in its city had. */
export function factRow({ rideId, source, city, product, driverId, requestedAt, completed }: Fact): Cell[] {
  const { metres, fare } = completed ?? { metres: 0n, fare: { cents: 0n, currency: city.currency } };
  return [
    ...[rideId, source, dateKeyOf(requestedAt, city.timeZone), city.id, product, driverId],
    ...[completed ? 1 : 0, requestedAt, metres, fare.cents, fare.currency],
    euroCents(fare.cents, fare.currency),
  ];
}
