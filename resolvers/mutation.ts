import {
  argument,
  bind,
  type Caller,
  type FieldContext,
  owned,
  ownerChecked,
  TributaryError,
} from 'tributary';
import { rides } from '../datasources/rides.ts';
import type { Fields, MutationCancelRideArgs } from '../schema/types.ts';
import { changeVehicle, registerVehicle, withdrawVehicle } from './partner.ts';
import { payRide, refundRide } from './payment.ts';
import { assertInServiceArea } from './service-area.ts';

export const Mutation: Fields<'Mutation'> = {
  /** What a partner asks for is the partner's own. */
  requestRide: ownerChecked(async (_, { input: { promoCode, ...ride }, idempotencyKey }, context) => {
    const seller = sellerOf(context.caller);
    await assertInServiceArea(ride, context);
    const code = promoCode ? { promoCode } : {};
    const key = keyWithin(seller.partnerId ?? '', idempotencyKey);
    return context.load(rides.requestRide, { ...ride, ...code, ...seller, idempotencyKey: key });
  }),
  cancelRide: owned(
    'Ride',
    bind(rides.ride, { id: argument('id') }),
    (_: unknown, { id, reason, idempotencyKey }: MutationCancelRideArgs, { load }: FieldContext) =>
      load(rides.cancelRide, { id, reason, idempotencyKey: keyWithin(id, idempotencyKey) }),
  ),
  payRide: (_, { input }, context) => payRide(input, context),
  registerVehicle: (_, { input }, context) => registerVehicle(input, context),
  changeVehicle: (_, { input }, context) => changeVehicle(input, context),
  withdrawVehicle: (_, vehicle, context) => withdrawVehicle(vehicle, context),
  refundRide: (_, { input, idempotencyKey }, context) => refundRide(input, idempotencyKey, context),
};

/**
 * The service has one record of keys for all that it is asked: without this, a partner who chose a key that another partner had
 * chosen before would be refused, and learn of it. An empty key stays empty, and is refused.
 */
function keyWithin(scope: string, idempotencyKey: string): string {
  return idempotencyKey === '' ? '' : `${encodeURIComponent(scope)}:${idempotencyKey}`;
}

function sellerOf({ audience, tenant }: Caller): { partnerId?: string } {
  if (audience !== 'PARTNER') return {};
  if (tenant === undefined) throw new TributaryError('FORBIDDEN', 'Only a known partner can sell a ride.');
  return { partnerId: tenant };
}
