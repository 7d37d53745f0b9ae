import type { City } from '../shared/cities.ts';
import { Problem } from '../shared/problem.ts';
import { distanceKm, isoSeconds, rideId, seedRiders, seedRides } from './data.ts';
import { type ImportedTrip, seedImportedTrips } from './imported.ts';
import type { NewRide } from './requests.ts';
import type { Ride, Rider, RideStatus } from './types.ts';

/** The rides and riders in memory: what the seed made, and what was asked for since the start. */

export interface RideFilter {
  status?: RideStatus;
  cityId?: string;
  riderId?: string;
  driverId?: string;
  partnerId?: string;
}

export interface Rating {
  rideId: string;
  stars: number;
  comment: string | null;
}

export interface RideStore {
  /** Matching rides, newest first. */
  matching(filter: RideFilter): Ride[];
  ride(id: string): Ride | undefined;
  rider(id: string): Rider | undefined;
  /** All riders, in order of id. */
  riders(): readonly Rider[];
  /** Of the company that was taken over, oldest first. */
  importedTrips: readonly ImportedTrip[];
  /** A new ride; its city is where the pickup lies. */
  request(ride: NewRide, city: City): Ride;
  /** @throws Problem 409 when the ride is over. */
  cancel(ride: Ride, reason: string): Ride;
  /** Rates a completed ride; a second rating takes the place of the first. @throws Problem 409 otherwise. */
  rate(ride: Ride, stars: number, comment: string | null): Rating;
}

/** @param now the clock, for the times of new rides and cancellations. */
export function rideStore(now: () => Date): RideStore {
  const riders = seedRiders();
  const riderById = new Map(riders.map((rider) => [rider.id, rider]));
  /** Oldest first, by time and then id; new rides go to the end. */
  const rides = seedRides(riders);
  const rideById = new Map(rides.map((ride) => [ride.id, ride]));
  const ratings = new Map<string, Rating>();
  const importedTrips = seedImportedTrips(rides).map(({ trip }) => trip);

  return {
    matching: (filter) => rides.filter((ride) => matches(ride, filter)).reverse(),
    ride: (id) => rideById.get(id),
    rider: (id) => riderById.get(id),
    riders: () => riders,
    importedTrips,
    request: (asked, city) => {
      // A clock set back must not break the order.
      const [, requestedAt = ''] = [isoSeconds(now()), rides.at(-1)?.requestedAt ?? ''].sort();
      const ride: Ride = {
        id: rideId(rides.length + 1),
        riderId: asked.riderId,
        driverId: null,
        cityId: city.id,
        status: 'REQUESTED',
        product: asked.product,
        requestedAt,
        promisedMinutes: 8,
        pickup: asked.pickup,
        dropoff: asked.dropoff,
        distanceKm: distanceKm(asked.pickup, asked.dropoff),
        promoCode: asked.promoCode,
        cancelledAt: null,
        cancelReason: null,
        partnerId: asked.partnerId,
      };
      rides.push(ride);
      rideById.set(ride.id, ride);
      return ride;
    },
    cancel: (ride, reason) => {
      if (ride.status === 'COMPLETED' || ride.status === 'CANCELLED') {
        throw new Problem(409, `${ride.id} is ${ride.status} and cannot be cancelled.`);
      }
      ride.status = 'CANCELLED';
      ride.cancelledAt = isoSeconds(now());
      ride.cancelReason = reason;
      return ride;
    },
    rate: (ride, stars, comment) => {
      if (ride.status !== 'COMPLETED') {
        throw new Problem(409, `${ride.id} is ${ride.status}; only a COMPLETED ride is rated.`);
      }
      const rating = { rideId: ride.id, stars, comment };
      ratings.set(ride.id, rating);
      return rating;
    },
  };
}

function matches(ride: Ride, filter: RideFilter): boolean {
  return (
    (filter.status === undefined || ride.status === filter.status) &&
    (filter.cityId === undefined || ride.cityId === filter.cityId) &&
    (filter.riderId === undefined || ride.riderId === filter.riderId) &&
    (filter.driverId === undefined || ride.driverId === filter.driverId) &&
    (filter.partnerId === undefined || ride.partnerId === filter.partnerId)
  );
}
