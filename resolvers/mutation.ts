import { argument, bind } from 'tributary';
import { rides } from '../datasources/rides.ts';
import type { Fields } from '../schema/types.ts';
import { payRide, refundRide } from './payment.ts';

export const Mutation: Fields<'Mutation'> = {
  requestRide: bind(rides.requestRide, {
    riderId: argument('input.riderId'),
    product: argument('input.product'),
    pickup: argument('input.pickup'),
    dropoff: argument('input.dropoff'),
    promoCode: argument('input.promoCode'),
    idempotencyKey: argument('idempotencyKey'),
  }),
  cancelRide: bind(rides.cancelRide, {
    id: argument('id'),
    reason: argument('reason'),
    idempotencyKey: argument('idempotencyKey'),
  }),
  payRide: (_, { input }, context) => payRide(input, context),
  refundRide: (_, { input, idempotencyKey }, context) => refundRide(input, idempotencyKey, context),
};
