import { csv, env, get, merge, type Page, post, rest } from 'tributary';
import { onBadCursor } from './cursors.ts';

/** A ride, as the rides service has it. */
export interface Ride {
  readonly id: string;
  readonly riderId: string;
  /** Null while no driver has been found. */
  readonly driverId: string | null;
  readonly cityId: string;
  readonly status: 'REQUESTED' | 'ASSIGNED' | 'ARRIVING' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
  readonly product: 'ECONOMY' | 'COMFORT' | 'XL';
  readonly requestedAt: string;
  readonly promisedMinutes: number;
  readonly pickup: Place;
  readonly dropoff: Place;
  readonly distanceKm: number;
  readonly promoCode: string | null;
  readonly cancelledAt: string | null;
  readonly cancelReason: string | null;
  /** The partner that sold it; null where the rider asked us. */
  readonly partnerId: string | null;
}

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly address: string;
  readonly postalCode: string | null;
}

export interface Rider {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly cityId: string;
  readonly postalCode: string | null;
  readonly accountNumber: string;
  readonly joinedOn: string;
}

export interface City {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A trip of a company that was taken over, as its old system wrote it. */
export interface ImportedTrip {
  readonly record: string;
  readonly tripNumber: string | null;
  readonly migratedTo: string | null;
  readonly city: string | null;
  readonly driver: string | null;
  readonly product: string | null;
  readonly startedAt: string | null;
  readonly distance: string | null;
  readonly distanceUnit: string | null;
  readonly fare: string | null;
  readonly currency: string | null;
  readonly outcome: string | null;
}

export type RidePage = Page<Ride>;
export type RiderPage = Page<Rider>;

export type ImportedTripPage = Page<ImportedTrip>;

interface ImportedTripAnswer {
  readonly trips: readonly ImportedTrip[];
  readonly cursors: readonly string[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

interface PageAnswer {
  readonly rides: readonly Ride[];
  readonly cursors: readonly string[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

interface PageInput {
  readonly first: number;
  readonly after?: string;
  readonly status?: Ride['status'];
  readonly cityId?: string;
  readonly partnerId?: string;
}

interface NewRide {
  readonly riderId: string;
  readonly product: Ride['product'];
  readonly pickup: NewPlace;
  readonly dropoff: NewPlace;
  readonly promoCode?: string;
  readonly partnerId?: string;
  readonly idempotencyKey: string;
}

interface NewPlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly address: string;
  readonly postalCode?: string | null;
}

const ridesByIds = get<{ ids: readonly string[] }, { rides: readonly Ride[] }>('/rides', {
  query: { ids: csv('ids') },
});
const ridersByIds = get<{ ids: readonly string[] }, { riders: readonly Rider[] }>('/riders', {
  query: { ids: csv('ids') },
});

/** Rides, riders and cities: REST with JSON. Rides change from second to second, so they are not kept. */
export const rides = rest('rides', {
  baseUrl: env('RIDES_URL', 'http://127.0.0.1:4101'),
  timeoutMs: 2_000,
  operations: {
    page: get<PageInput, RidePage>('/rides', {
      scope: 'public',
      answer: pageOf,
      onStatus: onBadCursor,
    }),
    ride: merge(ridesByIds, {
      list: 'ids',
      key: 'id',
      answer: 'rides',
      match: 'id',
      max: 100,
      scope: 'public',
    }),
    rider: merge(ridersByIds, {
      list: 'ids',
      key: 'id',
      answer: 'riders',
      match: 'id',
      max: 100,
      scope: 'public',
      cache: { ttlMs: 60_000 },
    }),
    riders: get<{ first: number; after?: string }, RiderPage>('/riders', {
      scope: 'public',
      answer: riderPageOf,
      onStatus: onBadCursor,
    }),
    cities: get<Record<never, never>, readonly City[]>('/cities', {
      answer: 'cities',
      scope: 'public',
      cache: { ttlMs: 60_000, staleIfErrorMs: 600_000 },
    }),
    importedTrips: get<{ first: number; after?: string }, ImportedTripPage>('/imported-trips', {
      scope: 'public',
      answer: importedPageOf,
      onStatus: onBadCursor,
    }),
    requestRide: post<NewRide, Ride>('/rides', {
      idempotencyKey: true,
      onStatus: {
        400: {
          code: 'BAD_USER_INPUT',
          message:
            'An address has 1 to 300 characters, a postal code up to 20, a promo code up to 40; the idempotency key up to 200, of visible ASCII.',
        },
        // Where it drives is looked at before; a key that came with another wish is refused like a rider that is none.
        422: {
          code: 'BAD_USER_INPUT',
          message: '`input.riderId` is the id of no rider, or the idempotency key was used for another wish.',
        },
      },
    }),
    cancelRide: post<{ id: string; reason: string; idempotencyKey: string }, Ride>(
      '/rides/{id}/cancellation',
      {
        idempotencyKey: true,
        onStatus: {
          400: {
            code: 'BAD_USER_INPUT',
            message:
              '`reason` must have 1 to 500 characters, and the idempotency key up to 200, of visible ASCII.',
          },
          409: { code: 'CONFLICT', message: 'The ride is over, so it cannot be cancelled.' },
          422: { code: 'BAD_USER_INPUT', message: 'The idempotency key was used for another wish.' },
        },
      },
    ),
  },
});

function pageOf(body: unknown): RidePage {
  const { rides: nodes, ...page } = body as PageAnswer;
  return { nodes, ...page };
}

function riderPageOf(body: unknown): RiderPage {
  const { riders: nodes, ...page } = body as Omit<RiderPage, 'nodes'> & { readonly riders: readonly Rider[] };
  return { nodes, ...page };
}

function importedPageOf(body: unknown): ImportedTripPage {
  const { trips: nodes, ...page } = body as ImportedTripAnswer;
  return { nodes, ...page };
}
