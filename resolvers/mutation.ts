import { argument, bind, type Caller, owned, ownerChecked, TributaryError } from 'tributary';
import { rides } from '../datasources/rides.ts';
import type { Fields } from '../schema/types.ts';
import { changeVehicle, registerVehicle, withdrawVehicle } from './partner.ts';
import { payRide, refundRide } from './payment.ts';
import { assertInServiceArea } from './service-area.ts';

export const Mutation: Fields<'Mutation'> = {
  /** What a partner asks for is the partner's own. */
  requestRide: ownerChecked(async (_, { input: { promoCode, ...ride }, idempotencyKey }, context) => {
    const seller = sellerOf(context.caller);
    await assertInServiceArea(ride, context);
    const code = promoCode ? { promoCode } : {};
    return context.load(rides.requestRide, { ...ride, ...code, ...seller, idempotencyKey });
  }),
  cancelRide: owned(
    'Ride',
    bind(rides.ride, { id: argument('id') }),
    bind(rides.cancelRide, {
      id: argument('id'),
      reason: argument('reason'),
      idempotencyKey: argument('idempotencyKey'),
    }),
  ),
  payRide: (_, { input }, context) => payRide(input, context),
  registerVehicle: (_, { input }, context) => registerVehicle(input, context),
  changeVehicle: (_, { input }, context) => changeVehicle(input, context),
  withdrawVehicle: (_, vehicle, context) => withdrawVehicle(vehicle, context),
  refundRide: (_, { input, idempotencyKey }, context) => refundRide(input, idempotencyKey, context),
};

function sellerOf({ audience, tenant }: Caller): { partnerId?: string } {
  if (audience !== 'PARTNER') return {};
  if (tenant === undefined) throw new TributaryError('FORBIDDEN', 'Only a known partner can sell a ride.');
  return { partnerId: tenant };
}
