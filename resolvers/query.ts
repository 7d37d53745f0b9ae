import { argument, bind, claim, within } from 'tributary';
import { dispatch } from '../datasources/dispatch.ts';
import { fleet } from '../datasources/fleet.ts';
import { insights } from '../datasources/insights.ts';
import { partners } from '../datasources/partners.ts';
import { payments } from '../datasources/payments.ts';
import { rides } from '../datasources/rides.ts';
import { tariffs } from '../datasources/tariffs.ts';
import type { Fields } from '../schema/types.ts';
import { drivers } from './driver.ts';
import { rideStatistics } from './statistics.ts';

const products = ['ECONOMY', 'COMFORT', 'XL'] as const;

export const Query: Fields<'Query'> = {
  rides: bind(rides.page, {
    first: within(argument('first'), 1, 500),
    after: argument('after'),
    status: argument('status'),
    cityId: argument('cityId'),
    partnerId: claim('tenant'),
  }),
  ride: bind(rides.ride, { id: argument('id') }),
  driver: bind(fleet.driver, { id: argument('id') }),
  drivers: (_, argumentsGiven, context) => drivers(argumentsGiven, context),
  rider: bind(rides.rider, { id: argument('id') }),
  riders: bind(rides.riders, { first: within(argument('first'), 1, 500), after: argument('after') }),
  partnerVehicles: bind(partners.vehicles, {
    partnerId: argument('partnerId'),
    first: within(argument('first'), 1, 500),
    after: argument('after'),
  }),
  ridersAtRisk: bind(insights.ridersAtRisk, {
    threshold: within(argument('threshold'), 0, 1),
    first: within(argument('first'), 1, 500),
    after: argument('after'),
  }),
  cities: bind(rides.cities, {}),
  nearbyDrivers: bind(dispatch.nearbyDrivers, {
    latitude: argument('at.latitude'),
    longitude: argument('at.longitude'),
    radiusKm: within(argument('radiusKm'), 0, 100),
    limit: within(argument('first'), 1, 100),
  }),

  payments: bind(payments.page, {
    first: within(argument('first'), 1, 500),
    after: argument('after'),
    status: argument('status'),
  }),

  /** The service prices one product at a time: all are asked in this tick, so they travel as one request. */
  fareEstimates: (_, { pickup: from, dropoff: to }, { load }) =>
    Promise.all(
      products.map(async (product) => ({
        product,
        fare: await load(tariffs.estimateFare, { from, to, product }),
      })),
    ).then((estimates) =>
      estimates.flatMap(({ product, fare }) => (fare === null ? [] : [{ product, fare }])),
    ),

  importedTrips: bind(rides.importedTrips, {
    first: within(argument('first'), 1, 500),
    after: argument('after'),
  }),
  rideStatistics: (_, argumentsGiven, context) => rideStatistics(argumentsGiven, context),
};
