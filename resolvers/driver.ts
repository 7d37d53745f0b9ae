import { bind, parent } from 'tributary';
import { dispatch } from '../datasources/dispatch.ts';
import { fleet } from '../datasources/fleet.ts';
import type { Fields } from '../schema/types.ts';
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
