import { seedRiders, seedRides } from '../rides/data.ts';
import type { Ride } from '../rides/types.ts';
import { type Random, randomFor } from '../shared/random.ts';
import { estimateFare } from '../tariffs/fares.ts';
import type { LedgerEntry, Payment } from './types.ts';

/** The payments of the seeded rides: most of what was driven is paid, some of it was given back. */

export interface SeededPayments {
  /** Oldest first. */
  payments: Payment[];
  ledger: LedgerEntry[];
}

export function seedPayments(): SeededPayments {
  const random = randomFor('payments');
  const payments: Payment[] = [];
  const ledger: LedgerEntry[] = [];
  for (const ride of seedRides(seedRiders())) {
    const share = shareOf(ride, random);
    if (share === undefined) continue;
    const payment = paymentOf(ride, payments.length + 1);
    payments.push(payment);
    if (share.captured) move(payment, ledger, 'capture', payment.amount);
    if (share.refunded > 0) move(payment, ledger, 'refund', Math.round(payment.amount * share.refunded));
  }
  return { payments, ledger };
}

/** How much of a ride's fare was taken and given back; nothing at all where nobody has asked for money yet. */
function shareOf(ride: Ride, random: Random): { captured: boolean; refunded: number } | undefined {
  const chance = random.next();
  if (ride.status === 'COMPLETED') {
    if (chance < 0.25) return undefined;
    if (chance < 0.35) return { captured: false, refunded: 0 };
    if (chance < 0.38) return { captured: true, refunded: 0.5 };
    return { captured: true, refunded: chance < 0.4 ? 1 : 0 };
  }
  const onTheWay = ['ASSIGNED', 'ARRIVING', 'IN_PROGRESS'].includes(ride.status);
  return onTheWay && chance < 0.6 ? { captured: false, refunded: 0 } : undefined;
}

function paymentOf(ride: Ride, number: number): Payment {
  const { total } = estimateFare({ from: ride.pickup, to: ride.dropoff, product: ride.product });
  return {
    id: paymentId(number),
    object: 'payment',
    status: 'AUTHORISED',
    amount: Number(total.amount.replace('.', '')),
    amount_captured: 0,
    amount_refunded: 0,
    currency: total.currency.toLowerCase(),
    payment_method: 'pm_card',
    metadata: { ride: ride.id },
    created: Date.parse(ride.requestedAt) / 1_000,
  };
}

/** Moves money and writes it into the ledger: the only place where either happens. */
export function move(
  payment: Payment,
  ledger: LedgerEntry[],
  type: LedgerEntry['type'],
  amount: number,
  created = payment.created,
): void {
  if (type === 'capture') payment.amount_captured += amount;
  else payment.amount_refunded += amount;
  const { id, amount_captured: captured, amount_refunded: refunded, currency, metadata } = payment;
  payment.status = refunded === 0 ? 'CAPTURED' : refunded < captured ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  ledger.push({
    id: `led_${String(ledger.length + 1).padStart(6, '0')}`,
    object: 'ledger_entry',
    type,
    payment: id,
    ride: metadata.ride,
    amount,
    currency,
    created,
  });
}

export function paymentId(number: number): string {
  return `pay_${String(number).padStart(6, '0')}`;
}
