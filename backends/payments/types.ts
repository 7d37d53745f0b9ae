/** What `payments` speaks of; amounts are whole numbers of a currency's smallest unit. */

export const paymentStatuses = ['AUTHORISED', 'CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export interface Payment {
  /** `pay_000001` */
  id: string;
  object: 'payment';
  status: PaymentStatus;
  /** What was set aside: 1709 is 17.09. */
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  /** ISO 4217, in lower case. */
  currency: string;
  payment_method: string;
  metadata: { ride: string };
  /** Seconds since 1970. */
  created: number;
}

/** Money that moved. What stands in the ledger stays there. */
export interface LedgerEntry {
  /** `led_000001` */
  id: string;
  object: 'ledger_entry';
  type: 'capture' | 'refund';
  payment: string;
  ride: string;
  amount: number;
  currency: string;
  created: number;
}

/** A page of a list, as Stripe has it. */
export interface List<Item> {
  object: 'list';
  data: readonly Item[];
  has_more: boolean;
}
