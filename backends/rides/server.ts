import { cities, cityAround } from '../shared/cities.ts';
import { cacheableJson } from '../shared/etag.ts';
import { idempotencyRecord } from '../shared/idempotency.ts';
import { Problem } from '../shared/problem.ts';
import { json, type Reply } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { importedTripPage } from './imported-pages.ts';
import { openApi } from './openapi.ts';
import { defaultPageSize, maxPageSize, pageOf, riderPageOf } from './pages.ts';
import * as read from './requests.ts';
import { type RideFilter, type RideStore, rideStore } from './store.ts';
import { type Ride, rideStatuses } from './types.ts';

const maxIds = 200;

/**
 * Starts `rides`, REST/JSON as `openapi.ts` describes it.
 *
 * @param options.now the clock for new rides. @default the system's
 */
export function startRides(options: ListenOptions & { now?: () => Date }): Promise<RunningBackend> {
  const store = rideStore(options.now ?? (() => new Date()));
  const idempotency = idempotencyRecord();

  /** Path templates and methods; `{id}` stands for any segment. */
  const routes: Record<string, (request: ServiceRequest, id: string) => Reply> = {
    'GET /openapi.json': () => json(openApi),
    'GET /cities': ({ url, headers }) => {
      read.readQuery(url, []);
      return cacheableJson({ cities }, 'max-age=300', headers);
    },
    'GET /rides': ({ url }) => (url.searchParams.has('ids') ? ridesByIds(store, url) : ridePage(store, url)),
    'POST /rides': (request) => {
      const body = read.readJsonObject(request);
      return idempotency.once(request.headers['idempotency-key'], ['POST /rides', body], () =>
        requestRide(store, body),
      );
    },
    'GET /rides/{id}': ({ url }, id) => {
      read.readQuery(url, []);
      return json(mustFindRide(store, id));
    },
    'POST /rides/{id}/cancellation': (request, id) => {
      const body = read.readJsonObject(request);
      const asked = ['POST /rides/{id}/cancellation', id, body];
      return idempotency.once(request.headers['idempotency-key'], asked, () => {
        const reason = read.readReason(body);
        return json(store.cancel(mustFindRide(store, id), reason));
      });
    },
    'POST /rides/{id}/rating': (request, id) => {
      const { stars, comment } = read.readRating(request);
      return json(store.rate(mustFindRide(store, id), stars, comment));
    },
    'GET /imported-trips': ({ url }) => {
      const { first, after } = read.readQuery(url, ['first', 'after']);
      const size = read.readPageSize(first, defaultPageSize, maxPageSize);
      return json(importedTripPage(store.importedTrips, size, after));
    },
    'GET /riders': ({ url }) => (url.searchParams.has('ids') ? ridersByIds(store, url) : riders(store, url)),
    'GET /riders/{id}/rides': ({ url }, id) => {
      if (!store.rider(id)) throw new Problem(404, 'There is no such rider.');
      const { first, after } = read.readQuery(url, ['first', 'after']);
      return page(store, { riderId: id }, first, after);
    },
  };
  return startService({ name: 'rides', route: (request) => findRoute(routes, request) }, options);
}

function findRoute(
  routes: Record<string, (request: ServiceRequest, id: string) => Reply>,
  request: ServiceRequest,
): Route {
  const [collection = '', id = '', ...rest] = request.segments;
  const path = `/${[collection, ...(request.segments.length > 1 ? ['{id}'] : []), ...rest].join('/')}`;
  const operation = `${request.method} ${path}`;
  const answer = Object.hasOwn(routes, operation) ? routes[operation] : undefined;
  if (answer && (request.segments.length < 2 || id !== '')) {
    return { operations: [operation], answer: () => answer(request, id) };
  }
  const allowed = Object.keys(routes).flatMap((route) =>
    route.endsWith(` ${path}`) ? route.split(' ')[0] : [],
  );
  if (allowed.length === 0) throw new Problem(404, 'There is nothing at this path.');
  const methods = allowed.join(', ');
  throw new Problem(405, `This path answers ${methods}.`, { Allow: methods });
}

function ridesByIds(store: RideStore, url: URL): Reply {
  const ids = read.readIds(read.readQuery(url, ['ids']).ids ?? '', maxIds);
  const rides = ids.map((id) => store.ride(id)).filter((ride) => ride !== undefined);
  return json({ rides: rides.sort(byIdDescending) });
}

function ridersByIds(store: RideStore, url: URL): Reply {
  const riders = read
    .readIds(read.readQuery(url, ['ids']).ids ?? '', maxIds)
    .map((id) => store.rider(id))
    .filter((rider) => rider !== undefined);
  return json({ riders: riders.sort(byIdDescending) });
}

function riders(store: RideStore, url: URL): Reply {
  const { first, after } = read.readQuery(url, ['first', 'after']);
  return json(riderPageOf(store.riders(), read.readPageSize(first, defaultPageSize, maxPageSize), after));
}

/** Not the order that was asked for: a client must match by id, never by place. */
function byIdDescending(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? 1 : -1;
}

function ridePage(store: RideStore, url: URL): Reply {
  const names = ['first', 'after', 'status', 'cityId', 'riderId', 'driverId', 'partnerId'] as const;
  const { first, after, status, ...others } = read.readQuery(url, names);
  if (status !== undefined && !read.isOneOf(status, rideStatuses)) {
    throw new Problem(400, `"status" must be one of ${rideStatuses.join(', ')}.`);
  }
  return page(store, { ...others, ...(status ? { status } : {}) }, first, after);
}

function page(store: RideStore, filter: RideFilter, first?: string, after?: string): Reply {
  const size = read.readPageSize(first, defaultPageSize, maxPageSize);
  return json(pageOf(store.matching(filter), size, after));
}

function requestRide(store: RideStore, body: Record<string, unknown>): Reply {
  const asked = read.readNewRide(body);
  if (!store.rider(asked.riderId)) throw new Problem(422, 'There is no such rider.');
  const city = cityAround(asked.pickup);
  if (!city || cityAround(asked.dropoff) !== city) {
    throw new Problem(422, 'Pickup and dropoff must lie in the same city of ours.');
  }
  const ride = store.request(asked, city);
  return json(ride, 201, { Location: `/rides/${ride.id}` });
}

function mustFindRide(store: RideStore, id: string): Ride {
  const ride = store.ride(id);
  if (!ride) throw new Problem(404, 'There is no such ride.');
  return ride;
}
