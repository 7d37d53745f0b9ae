import { bind, connection, type FieldContext, parent, TributaryError } from 'tributary';
import { dispatch } from '../datasources/dispatch.ts';
import { type DriverPage, fleet } from '../datasources/fleet.ts';
import type { Fields, QueryDriversArgs } from '../schema/types.ts';
import { cityOf } from './city.ts';

export const Driver: Fields<'Driver'> = {
  city: ({ cityId }, _, context) => cityOf(cityId, context),
  vehicle: bind(fleet.vehicle, { driverId: parent('id') }),
  vehicles: bind(fleet.vehicles, { driverId: parent('id') }),
  position: bind(dispatch.position, { driverId: parent('id') }),
};

export const NearbyDriver: Fields<'NearbyDriver'> = {
  driver: bind(fleet.driver, { id: parent('driverId') }),
};

export const DriverConnection: Fields<'DriverConnection'> = connection();

const maxDrivers = 500;

/** One page; the cursor of a driver is its id. */
export async function drivers(
  { first, after }: QueryDriversArgs,
  { load }: FieldContext,
): Promise<DriverPage> {
  if (first < 1 || first > maxDrivers)
    throw new TributaryError('BAD_USER_INPUT', `\`first\` must be from 1 to ${maxDrivers}, but is ${first}.`);
  // One more tells whether there is another page.
  const found = await load(fleet.drivers, { first: first + 1, after: after ?? '' });
  const nodes = found.slice(0, first);
  return {
    nodes,
    cursors: nodes.map(({ id }) => id),
    hasNextPage: found.length > first,
    hasPreviousPage: after != null,
  };
}
