import { argument, bind } from 'tributary';
import { rides } from '../datasources/rides.ts';
import type { Fields } from '../schema/types.ts';
import { changeVehicle, registerVehicle, withdrawVehicle } from './partner.ts';
import { payRide, refundRide } from './payment.ts';
import { assertInServiceArea } from './service-area.ts';

export const Mutation: Fields<'Mutation'> = {
  requestRide: async (_, { input: { promoCode, ...ride }, idempotencyKey }, context) => {
    await assertInServiceArea(ride, context);
    return context.load(rides.requestRide, { ...ride, ...(promoCode ? { promoCode } : {}), idempotencyKey });
  },
  cancelRide: bind(rides.cancelRide, {
    id: argument('id'),
    reason: argument('reason'),
    idempotencyKey: argument('idempotencyKey'),
  }),
  payRide: (_, { input }, context) => payRide(input, context),
  registerVehicle: (_, { input }, context) => registerVehicle(input, context),
  changeVehicle: (_, { input }, context) => changeVehicle(input, context),
  withdrawVehicle: (_, vehicle, context) => withdrawVehicle(vehicle, context),
  refundRide: (_, { input, idempotencyKey }, context) => refundRide(input, idempotencyKey, context),
};
