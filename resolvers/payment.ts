import { bind, connection, type FieldContext, parent, TributaryError } from 'tributary';
import { toMinorUnits } from '../datasources/minor-units.ts';
import { type Payment as PaymentSource, payments } from '../datasources/payments.ts';
import { type Ride, rides } from '../datasources/rides.ts';
import { tariffs } from '../datasources/tariffs.ts';
import type { Fields, PayRideInput, RefundRideInput } from '../schema/types.ts';

export const Payment: Fields<'Payment'> = {
  ride: bind(rides.ride, { id: parent('rideId') }),
};

export const PaymentConnection: Fields<'PaymentConnection'> = connection();

/**
 * Takes the fare of a ride, once. What makes it once is not the client's care:
 *
 * - What was paid already is answered, and nothing is asked for.
 * - Money is taken by the capture alone, and its key is made of the ride: the service refuses a second capture for the ride,
 *   whatever payment it is of, and answers a repeated one with what it answered first.
 * - The key of the authorisation is made of ride and card, so a repeated one sets nothing aside twice, and a card that was
 *   declined does not stand in the way of another. What was set aside on one card is never taken for another.
 *
 * So it may be cut at any point and asked again, by retries, by a second click, by two servers at once.
 */
export async function payRide(
  { rideId, paymentMethod }: PayRideInput,
  { load }: FieldContext,
): Promise<PaymentSource> {
  const [ride, known] = await Promise.all([
    load(rides.ride, { id: rideId }),
    load(payments.ofRide, { rideId }),
  ]);
  if (known !== null && known.status !== 'AUTHORISED') return known;
  if (ride === null) throw new TributaryError('NOT_FOUND', `There is no ride ${rideId}.`);
  if (ride.status !== 'COMPLETED')
    throw new TributaryError(
      'CONFLICT',
      `${rideId} is ${ride.status}; only a ride that is COMPLETED is paid.`,
    );
  const isOfThisCard = known?.paymentMethod === paymentMethod;
  const authorised = isOfThisCard ? known : await authorise(ride, paymentMethod, load);
  try {
    return await load(payments.capture, { paymentId: authorised.id, idempotencyKey: `capture:${rideId}` });
  } catch (error) {
    if (!isCode(error, 'CONFLICT')) throw error;
    // Somebody else was quicker, with another card.
    const paid = await load(payments.ofRide, { rideId });
    if (paid !== null && paid.status !== 'AUTHORISED') return paid;
    throw new TributaryError('CONFLICT', `${rideId} is being paid in another way; ask again in a moment.`, {
      cause: error,
    });
  }
}

async function authorise(
  { id, pickup, dropoff, product }: Ride,
  paymentMethod: string,
  load: FieldContext['load'],
): Promise<PaymentSource> {
  if (!/^pm_\w{1,60}$/.test(paymentMethod))
    throw new TributaryError('BAD_USER_INPUT', '`paymentMethod` must look like `pm_card`.');
  const point = ({ latitude, longitude }: Ride['pickup']) => ({ latitude, longitude });
  const fare = await load(tariffs.estimateFare, { from: point(pickup), to: point(dropoff), product });
  const amount = fare === null ? undefined : toMinorUnits(fare.total, fare.currency);
  if (fare === null || amount === undefined)
    throw new TributaryError('CONFLICT', `There is no price for ${id}, so it cannot be paid.`);
  try {
    return await load(payments.authorise, {
      amount,
      currency: fare.currency.toLowerCase(),
      paymentMethod,
      rideId: id,
      idempotencyKey: `authorise:${id}:${paymentMethod}`,
    });
  } catch (error) {
    if (!isCode(error, 'BAD_USER_INPUT')) throw error;
    throw new TributaryError(
      'BAD_USER_INPUT',
      `The payment method was declined; ${id} is not paid. Try another one.`,
      { cause: error },
    );
  }
}

/**
 * Gives money back. The rule compares with what was paid, not with what is left: what is left is known to the service
 * alone, and a repeated refund must find its first answer.
 */
export async function refundRide(
  { rideId, amount, reason }: RefundRideInput,
  idempotencyKey: string,
  { load }: FieldContext,
): Promise<PaymentSource> {
  const payment = await load(payments.ofRide, { rideId });
  if (payment === null || payment.status === 'AUTHORISED')
    throw new TributaryError('CONFLICT', `Nothing was paid for ${rideId}, so nothing can be given back.`);
  const units = amount ? unitsToRefund(amount, payment) : undefined;
  try {
    return await load(payments.refund, {
      paymentId: payment.id,
      ...(units === undefined ? {} : { amount: units }),
      ...(reason ? { reason } : {}),
      idempotencyKey: `refund:${rideId}:${idempotencyKey}`,
    });
  } catch (error) {
    if (!isCode(error, 'CONFLICT')) throw error;
    const { captured, refunded } = (await load(payments.ofRide, { rideId })) ?? payment;
    throw new TributaryError(
      'CONFLICT',
      `Of ${captured.amount} ${captured.currency} paid for ${rideId}, ${refunded.amount} are given back already: ` +
        'the refund is more than is left, or its idempotency key was used for another one.',
      { cause: error },
    );
  }
}

/** The amount in smallest units, where the payment can have been so large. */
function unitsToRefund(amount: string, { rideId, captured }: PaymentSource): number {
  const units = toMinorUnits(amount, captured.currency);
  if (units === undefined || units === 0)
    throw new TributaryError(
      'BAD_USER_INPUT',
      `\`input.amount\` must be an amount in ${captured.currency} above zero, but is ${amount}.`,
    );
  if (units > (toMinorUnits(captured.amount, captured.currency) ?? 0))
    throw new TributaryError(
      'BAD_USER_INPUT',
      `A refund of ${amount} is more than the ${captured.amount} ${captured.currency} that were paid for ${rideId}.`,
    );
  return units;
}

function isCode(error: unknown, code: TributaryError['code']): boolean {
  return error instanceof Error && (error as Partial<TributaryError>).code === code;
}
