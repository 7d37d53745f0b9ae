import { readPageSize, readQuery } from '../rides/requests.ts';
import { Problem } from '../shared/problem.ts';
import type { Reply } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { partners } from './data.ts';
import { errorReply, readDescription, vehicleReply, vehiclesReply } from './documents.ts';
import { type VehicleStore, vehicleStore } from './store.ts';

const [defaultPageSize, maxPageSize] = [50, 500];

/** Starts `partners`, REST that speaks XML, with PUT and DELETE on condition. */
export function startPartners(options: ListenOptions): Promise<RunningBackend> {
  const store = vehicleStore();
  return startService(
    { name: 'partners', route: (request) => findRoute(store, request), refuse: errorReply },
    options,
  );
}

function findRoute(store: VehicleStore, request: ServiceRequest): Route {
  const [collection, partnerId = '', vehicles, plate, ...rest] = request.segments;
  if (collection !== 'partners' || vehicles !== 'vehicles' || rest.length > 0)
    throw new Problem(404, 'There is nothing at this path.');
  if (!partners.some(({ id }) => id === partnerId)) throw new Problem(404, 'There is no such partner.');
  const path = `/partners/{id}/vehicles${plate === undefined ? '' : '/{plate}'}`;
  const answer = answerOf(store, request, partnerId, plate);
  if (answer) return { operations: [`${request.method} ${path}`], answer };
  const methods = plate === undefined ? 'GET' : 'GET, PUT, DELETE';
  throw new Problem(405, `This path answers ${methods}.`, { Allow: methods });
}

function answerOf(
  store: VehicleStore,
  request: ServiceRequest,
  partnerId: string,
  plate: string | undefined,
): (() => Reply) | undefined {
  if (plate === undefined)
    return request.method === 'GET' ? () => page(store, request, partnerId) : undefined;
  switch (request.method) {
    case 'GET':
      return () => vehicleReply(store.vehicle(partnerId, plate));
    case 'PUT':
      return () => put(store, request, partnerId, plate);
    case 'DELETE':
      return () => {
        store.withdraw(partnerId, plate, versionOf(request));
        return { status: 204, body: '' };
      };
    default:
      return undefined;
  }
}

function page(store: VehicleStore, { url }: ServiceRequest, partnerId: string): Reply {
  const { first, after } = readQuery(url, ['first', 'after']);
  const size = readPageSize(first, defaultPageSize, maxPageSize);
  // The cursor is a plate, and goes on where it stood even when that vehicle is gone.
  const rest = store.ofPartner(partnerId).filter(({ plate }) => after === undefined || plate > after);
  return vehiclesReply(rest.slice(0, size), rest.length > size, after !== undefined);
}

/** Registers with `If-None-Match: *`, changes with `If-Match`; a PUT that knows nothing of the vehicle is refused. */
function put(store: VehicleStore, request: ServiceRequest, partnerId: string, plate: string): Reply {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/xml' && type !== 'text/xml')
    throw new Problem(415, 'The body must be application/xml.');
  if (!/^[A-Z\d-]{2,12}$/.test(plate))
    throw new Problem(422, 'A plate has 2 to 12 capital letters, digits and hyphens.');
  const description = readDescription(request.body.toString());
  if (request.headers['if-none-match'] === '*')
    return vehicleReply(store.register(partnerId, plate, description), 201);
  return vehicleReply(store.change(partnerId, plate, description, versionOf(request)));
}

/** @throws Problem 428 (RFC 6585 §3) without a version */
function versionOf({ headers }: ServiceRequest): number {
  const [, version] = /^"(\d{1,9})"$/.exec(headers['if-match'] ?? '') ?? [];
  if (version === undefined) throw new Problem(428, 'If-Match with the version of the vehicle is required.');
  return Number(version);
}
