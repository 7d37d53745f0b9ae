import { bind, connection, ifPresent, parent } from 'tributary';
import { dispatch } from '../datasources/dispatch.ts';
import { fleet } from '../datasources/fleet.ts';
import { payments } from '../datasources/payments.ts';
import { rides } from '../datasources/rides.ts';
import { tariffs } from '../datasources/tariffs.ts';
import { weather } from '../datasources/weather.ts';
import type { Fields } from '../schema/types.ts';
import { cityOf } from './city.ts';

export const Ride: Fields<'Ride'> = {
  city: ({ cityId }, _, context) => cityOf(cityId, context),
  rider: bind(rides.rider, { id: parent('riderId') }),
  driver: bind(fleet.driver, { id: ifPresent(parent('driverId')) }),
  minutesAway: bind(dispatch.minutesAway, {
    driverId: ifPresent(parent('driverId')),
    latitude: parent('pickup.latitude'),
    longitude: parent('pickup.longitude'),
  }),
  fare: bind(tariffs.estimateFare, {
    from: { latitude: parent('pickup.latitude'), longitude: parent('pickup.longitude') },
    to: { latitude: parent('dropoff.latitude'), longitude: parent('dropoff.longitude') },
    product: parent('product'),
  }),
  weather: bind(weather.current, { cityId: parent('cityId') }, { fanOut: 3 }),
  payment: bind(payments.ofRide, { rideId: parent('id') }),

  async isLate({ status, driverId, pickup, promisedMinutes }, _, { load }) {
    const isOnTheWay = status === 'ASSIGNED' || status === 'ARRIVING';
    if (!isOnTheWay || driverId === null) return false;
    const { latitude, longitude } = pickup;
    const minutesAway = await load(dispatch.minutesAway, { driverId, latitude, longitude });
    return minutesAway !== null && minutesAway > promisedMinutes;
  },

  async cancellationFee({ id, status, cityId, requestedAt, cancelledAt }, _, { load }) {
    if (status !== 'CANCELLED' || cancelledAt === null) return null;
    const minutesSinceRequest = Math.floor((Date.parse(cancelledAt) - Date.parse(requestedAt)) / 60_000);
    return load(tariffs.cancellationFee, { rideId: id, status, minutesSinceRequest, cityId });
  },
};

export const RideConnection: Fields<'RideConnection'> = connection();

export const ImportedTripConnection: Fields<'ImportedTripConnection'> = connection();
