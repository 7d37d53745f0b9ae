import { move, paymentId, seedPayments } from './data.ts';
import { PaymentProblem, unexpectedState } from './problems.ts';
import type { LedgerEntry, Payment } from './types.ts';

/** The payments in memory: what the seed made, and what was asked for since the start. Like a real provider it knows no rides, only what it is told of them. */

export interface NewPayment {
  amount: number;
  currency: string;
  paymentMethod: string;
  ride: string;
}

export interface PaymentStore {
  /** Newest first. */
  payments(): readonly Payment[];
  /** Oldest first. */
  ledger(): readonly LedgerEntry[];
  payment(id: string): Payment | undefined;
  /** Sets money aside on a card; none is taken yet. @throws PaymentProblem 402 for a card that is declined */
  authorise(asked: NewPayment): Payment;
  /** Takes what was set aside. @throws PaymentProblem 400 unless it is authorised */
  capture(payment: Payment): Payment;
  /** Gives back so much, or all that is left. @throws PaymentProblem 400 for more than is left */
  refund(payment: Payment, amount: number | undefined): Payment;
}

/** A card that its bank refuses, for those who want to see what happens then. */
const declinedMethod = 'pm_card_declined';

/** @param now the clock, for the times of new payments. */
export function paymentStore(now: () => Date): PaymentStore {
  const { payments, ledger } = seedPayments();
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const seconds = (): number => Math.floor(now().getTime() / 1_000);

  return {
    payments: () => payments.toReversed(),
    ledger: () => ledger,
    payment: (id) => byId.get(id),
    authorise: ({ amount, currency, paymentMethod, ride }) => {
      if (paymentMethod === declinedMethod)
        throw new PaymentProblem(402, 'card_error', 'card_declined', 'The card was declined.');
      const payment: Payment = {
        id: paymentId(payments.length + 1),
        object: 'payment',
        status: 'AUTHORISED',
        amount,
        amount_captured: 0,
        amount_refunded: 0,
        currency,
        payment_method: paymentMethod,
        metadata: { ride },
        created: seconds(),
      };
      payments.push(payment);
      byId.set(payment.id, payment);
      return payment;
    },
    capture: (payment) => {
      if (payment.status !== 'AUTHORISED')
        throw unexpectedState(`${payment.id} is ${payment.status}; only what is AUTHORISED is captured.`);
      move(payment, ledger, 'capture', payment.amount, seconds());
      return payment;
    },
    refund: (payment, amount) => {
      if (payment.status === 'AUTHORISED')
        throw unexpectedState(`${payment.id} was not captured: there is nothing to refund.`);
      const left = payment.amount_captured - payment.amount_refunded;
      const refunded = amount ?? left;
      if (left === 0) throw unexpectedState(`${payment.id} is refunded already.`);
      if (refunded > left)
        throw new PaymentProblem(
          400,
          'invalid_request_error',
          'amount_too_large',
          `Of ${payment.id}, ${left} can be refunded, but not ${refunded}.`,
        );
      move(payment, ledger, 'refund', refunded, seconds());
      return payment;
    },
  };
}
