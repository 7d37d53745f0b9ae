import type { ImportedTrip } from './imported.ts';
import { defaultPageSize, maxPageSize } from './pages.ts';
import { products, rideStatuses } from './types.ts';

/** What `rides` offers, in OpenAPI 3.1; served at `GET /openapi.json`. The tests hold the server to it. */

type Json = Readonly<Record<string, unknown>>;

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Json, required = Object.keys(properties)): Json => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});
const text: Json = { type: 'string' };
const nullableText: Json = { type: ['string', 'null'] };
const instant: Json = { type: 'string', format: 'date-time' };
const listOf = (name: string): Json => ({ type: 'array', items: reference(name) });

const importedFields: readonly (keyof ImportedTrip)[] = [
  'tripNumber',
  'migratedTo',
  'city',
  'driver',
  'product',
  'startedAt',
  'distance',
  'distanceUnit',
  'fare',
  'currency',
  'outcome',
];

const schemas: Json = {
  RideStatus: { type: 'string', enum: rideStatuses },
  Product: { type: 'string', enum: products },
  Place: object(
    {
      latitude: { type: 'number', minimum: -90, maximum: 90 },
      longitude: { type: 'number', minimum: -180, maximum: 180 },
      address: text,
      postalCode: { ...nullableText, description: 'Text: `0150`, `1100-053`.' },
    },
    ['latitude', 'longitude', 'address'],
  ),
  Ride: object({
    id: { type: 'string', pattern: '^RIDE-\\d{6,}$' },
    riderId: text,
    driverId: { ...nullableText, description: 'Null until a driver was found.' },
    cityId: text,
    status: reference('RideStatus'),
    product: reference('Product'),
    requestedAt: instant,
    promisedMinutes: { type: 'integer', description: 'Minutes until pickup that the rider was promised.' },
    pickup: reference('Place'),
    dropoff: reference('Place'),
    distanceKm: { type: 'number', minimum: 0 },
    promoCode: nullableText,
    cancelledAt: { type: ['string', 'null'], format: 'date-time' },
    cancelReason: nullableText,
    partnerId: { ...nullableText, description: 'Who sold the ride; null where the rider asked us.' },
  }),
  Rider: object({
    id: { type: 'string', pattern: '^R\\d{5}$' },
    name: text,
    email: text,
    phone: text,
    cityId: text,
    postalCode: text,
    accountNumber: { type: 'string', format: 'int64', pattern: '^\\d+$' },
    joinedOn: { type: 'string', format: 'date' },
  }),
  City: object({
    id: text,
    name: text,
    country: { type: 'string', pattern: '^[A-Z]{2}$' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    timeZone: text,
    latitude: { type: 'number' },
    longitude: { type: 'number' },
  }),
  RideList: object({ rides: listOf('Ride') }),
  RidePage: object({
    rides: listOf('Ride'),
    cursors: { type: 'array', items: text, description: 'The cursor of each ride, in the same order.' },
    hasNextPage: { type: 'boolean' },
    hasPreviousPage: { type: 'boolean' },
  }),
  RiderPage: object({
    riders: listOf('Rider'),
    cursors: { type: 'array', items: text, description: 'The cursor of each rider, in the same order.' },
    hasNextPage: { type: 'boolean' },
    hasPreviousPage: { type: 'boolean' },
  }),
  ImportedTrip: object({
    record: { type: 'string', pattern: '^NC-R\\d{6}$', description: 'Unique, unlike the trip number.' },
    ...Object.fromEntries(
      importedFields.map((name) => [name, { ...nullableText, description: 'As the old system wrote it.' }]),
    ),
  }),
  ImportedTripPage: object({
    trips: listOf('ImportedTrip'),
    cursors: { type: 'array', items: text, description: 'The cursor of each trip, in the same order.' },
    hasNextPage: { type: 'boolean' },
    hasPreviousPage: { type: 'boolean' },
  }),
  RiderList: object({ riders: listOf('Rider') }),
  CityList: object({ cities: listOf('City') }),
  NewRide: object(
    {
      riderId: text,
      product: reference('Product'),
      pickup: reference('Place'),
      dropoff: reference('Place'),
      promoCode: nullableText,
      partnerId: nullableText,
    },
    ['riderId', 'product', 'pickup', 'dropoff'],
  ),
  Cancellation: object({ reason: { type: 'string', minLength: 1, maxLength: 500 } }),
  NewRating: object(
    { stars: { type: 'integer', minimum: 1, maximum: 5 }, comment: { type: 'string', maxLength: 2000 } },
    ['stars'],
  ),
  Rating: object({ rideId: text, stars: { type: 'integer', minimum: 1, maximum: 5 }, comment: nullableText }),
  Problem: object({ type: text, title: text, status: { type: 'integer' }, detail: text }),
};

const problems: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  404: 'There is no such thing.',
  409: 'The ride is in the wrong state.',
  413: 'The body is too large.',
  415: 'The body has the wrong media type.',
  422: 'The request is understood but cannot be done, or its Idempotency-Key was used for another.',
};

/** One answer with a body, and the problems that may come in its place. */
function responses(status: number, description: string, schema: Json, ...problemStatuses: number[]): Json {
  const refused = problemStatuses.map((code) => [
    code,
    {
      description: problems[code],
      content: { 'application/problem+json': { schema: reference('Problem') } },
    },
  ]);
  return {
    [status]: { description, content: { 'application/json': { schema } } },
    ...Object.fromEntries(refused),
  };
}

const query = (name: string, schema: Json, description: string): Json => ({
  name,
  in: 'query',
  schema,
  description,
});
const pathId: Json = { name: 'id', in: 'path', required: true, schema: text };
const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Names this write: sent again with the same body it gives the same answer and does nothing.',
};
const ids: Json = {
  name: 'ids',
  in: 'query',
  required: false,
  schema: { type: 'array', items: text, maxItems: 200 },
  style: 'form',
  explode: false,
  description:
    'Up to 200 ids, separated by commas. The answer has an order of its own; unknown ids are missing.',
};
const paging: readonly Json[] = [
  query(
    'first',
    { type: 'integer', minimum: 1, maximum: maxPageSize, default: defaultPageSize },
    'How many.',
  ),
  query('after', text, 'The cursor of the item before the page.'),
];
const body = (mediaType: string, schema: string): Json => ({
  required: true,
  content: { [mediaType]: { schema: reference(schema) } },
});

/** The document. */
export const openApi: Json = {
  openapi: '3.1.0',
  info: {
    title: 'Rides',
    version: '1.0.0',
    description: 'Rides, riders and cities of a ride-hailing company.',
  },
  paths: {
    '/rides': {
      get: {
        operationId: 'listRides',
        summary: 'Rides, newest first, by page; or those with the given ids (then without other parameters).',
        parameters: [
          ids,
          ...paging,
          query('status', reference('RideStatus'), 'Only rides in this state.'),
          query('cityId', text, 'Only rides of this city.'),
          query('riderId', text, 'Only rides of this rider.'),
          query('driverId', text, 'Only rides of this driver.'),
          query('partnerId', text, 'Only rides that this partner sold.'),
        ],
        responses: responses(
          200,
          'A page, or with `ids` a list.',
          { oneOf: [reference('RidePage'), reference('RideList')] },
          400,
        ),
      },
      post: {
        operationId: 'requestRide',
        summary: 'Asks for a ride.',
        parameters: [idempotencyKey],
        requestBody: body('application/json', 'NewRide'),
        responses: responses(201, 'The ride.', reference('Ride'), 400, 413, 415, 422),
      },
    },
    '/rides/{id}': {
      get: {
        operationId: 'getRide',
        summary: 'One ride.',
        parameters: [pathId],
        responses: responses(200, 'The ride.', reference('Ride'), 400, 404),
      },
    },
    '/rides/{id}/cancellation': {
      post: {
        operationId: 'cancelRide',
        summary: 'Cancels a ride that is not over.',
        parameters: [pathId, idempotencyKey],
        requestBody: body('application/json', 'Cancellation'),
        responses: responses(200, 'The cancelled ride.', reference('Ride'), 400, 404, 409, 413, 415, 422),
      },
    },
    '/rides/{id}/rating': {
      post: {
        operationId: 'rateRide',
        summary: 'Rates a completed ride; again replaces the rating.',
        parameters: [pathId],
        requestBody: body('application/x-www-form-urlencoded', 'NewRating'),
        responses: responses(200, 'The rating.', reference('Rating'), 400, 404, 409, 413, 415),
      },
    },
    '/imported-trips': {
      get: {
        operationId: 'listImportedTrips',
        summary: 'Trips of a company that was taken over, oldest first, as its old system wrote them.',
        parameters: paging,
        responses: responses(200, 'A page.', reference('ImportedTripPage'), 400),
      },
    },
    '/riders': {
      get: {
        operationId: 'listRiders',
        summary:
          'Riders in order of id, by page; or those with the given ids (then without other parameters).',
        parameters: [ids, ...paging],
        responses: responses(
          200,
          'A page, or with `ids` a list.',
          { oneOf: [reference('RiderPage'), reference('RiderList')] },
          400,
        ),
      },
    },
    '/riders/{id}/rides': {
      get: {
        operationId: 'listRidesOfRider',
        summary: 'The rides of a rider, newest first.',
        parameters: [pathId, ...paging],
        responses: responses(200, 'A page.', reference('RidePage'), 400, 404),
      },
    },
    '/cities': {
      get: {
        operationId: 'listCities',
        summary: 'All cities. With an ETag; 304 when the client has it.',
        responses: {
          ...responses(200, 'The cities.', reference('CityList'), 400),
          304: { description: 'Unchanged.' },
        },
      },
    },
  },
  components: { schemas },
};
