import type { Coordinate } from '../shared/geography.ts';

/** What `rides` speaks of; `openapi.ts` says the same in JSON Schema. */

export const rideStatuses = [
  'REQUESTED',
  'ASSIGNED',
  'ARRIVING',
  'IN_PROGRESS',
  'COMPLETED',
  'CANCELLED',
] as const;
export type RideStatus = (typeof rideStatuses)[number];

export const products = ['ECONOMY', 'COMFORT', 'XL'] as const;
export type Product = (typeof products)[number];

export interface Place extends Coordinate {
  address: string;
  postalCode: string | null;
}

export interface Ride {
  id: string;
  riderId: string;
  driverId: string | null;
  cityId: string;
  status: RideStatus;
  product: Product;
  /** `2025-06-30T17:59:30Z` */
  requestedAt: string;
  promisedMinutes: number;
  pickup: Place;
  dropoff: Place;
  distanceKm: number;
  promoCode: string | null;
  cancelledAt: string | null;
  cancelReason: string | null;
  /** Who sold the ride; null where the rider asked us. */
  partnerId: string | null;
}

export interface Rider {
  id: string;
  name: string;
  email: string;
  phone: string;
  cityId: string;
  postalCode: string;
  /** A 64-bit integer as text. */
  accountNumber: string;
  /** `2021-03-31` */
  joinedOn: string;
}
