import { bind, connection, parent } from 'tributary';
import { insights } from '../datasources/insights.ts';
import { rides } from '../datasources/rides.ts';
import type { Fields } from '../schema/types.ts';
import { cityOf } from './city.ts';

export const Rider: Fields<'Rider'> = {
  city: ({ cityId }, _, context) => cityOf(cityId, context),
  churnRisk: bind(insights.churnRisk, { riderId: parent('id') }),
};

export const RiderConnection: Fields<'RiderConnection'> = connection();

export const RiderAtRisk: Fields<'RiderAtRisk'> = {
  rider: bind(rides.rider, { id: parent('riderId') }),
};

export const RiderAtRiskConnection: Fields<'RiderAtRiskConnection'> = connection();
