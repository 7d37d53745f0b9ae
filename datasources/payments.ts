import { csv, env, get, merge, type Page, post, reshape, rest } from 'tributary';
import { onBadCursor } from './cursors.ts';
import { fromMinorUnits } from './minor-units.ts';
import type { Money } from './tariffs.ts';

/** A payment, made of what the service has. */
export interface Payment {
  readonly id: string;
  readonly rideId: string;
  readonly status: 'AUTHORISED' | 'CAPTURED' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
  readonly paymentMethod: string;
  readonly authorised: Money;
  readonly captured: Money;
  readonly refunded: Money;
  readonly createdAt: string;
}

/** As it stands in the service's answers: amounts in smallest units, times in seconds, currencies in lower case. */
interface WirePayment {
  readonly id: string;
  readonly status: Payment['status'];
  readonly payment_method: string;
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly currency: string;
  readonly metadata: { readonly ride: string };
  readonly created: number;
}

interface WireList {
  readonly data: readonly WirePayment[];
  readonly has_more: boolean;
}

export type PaymentPage = Page<Payment>;

interface PageInput {
  readonly first: number;
  readonly after?: string;
  readonly status?: WirePayment['status'];
}

interface NewPayment {
  /** In smallest units. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly rideId: string;
  readonly idempotencyKey: string;
}

interface Refund {
  readonly paymentId: string;
  /** In smallest units; all that is left without it. */
  readonly amount?: number;
  readonly reason?: string;
  readonly idempotencyKey: string;
}

const paymentsOfRides = get<{ rideIds: readonly string[] }, readonly Payment[]>('/payments', {
  query: { ride_ids: csv('rideIds') },
  answer: (body) => (body as WireList).data.map(paymentOf),
});

/**
 * Every write has a key, so each may be tried again. A key that came with another request (422) and a payment that is in
 * another state by now (400) are conflicts; one whose first request still runs (409) may succeed in a moment.
 */
const onStatus = { 400: 'CONFLICT', 409: 'UPSTREAM_UNAVAILABLE', 422: 'CONFLICT' } as const;

/** Money: REST with form bodies. Payments change with every write, so they are not kept. */
export const payments = rest('payments', {
  baseUrl: env('PAYMENTS_URL', 'http://127.0.0.1:4105'),
  auth: { token: env('PAYMENTS_KEY', 'sk_test_demo') },
  timeoutMs: 2_000,
  operations: {
    page: get<PageInput, PaymentPage>('/payments', {
      query: { limit: 'first', starting_after: 'after', status: 'status' },
      answer: (body, { after }) => pageOf(body as WireList, after),
      scope: 'public',
      onStatus: onBadCursor,
    }),
    ofRide: reshape(
      merge(paymentsOfRides, {
        list: 'rideIds',
        key: 'rideId',
        match: 'rideId',
        many: true,
        max: 100,
        scope: 'public',
      }),
      theOneThatCounts,
    ),
    authorise: post<NewPayment, Payment>('/payments', {
      body: {
        as: 'form',
        inputs: {
          amount: 'amount',
          currency: 'currency',
          payment_method: 'paymentMethod',
          'metadata[ride]': 'rideId',
        },
      },
      idempotencyKey: true,
      answer: paymentIn,
      // What is sent is made by us: only the card may be wrong.
      onStatus: { ...onStatus, 400: 'BAD_USER_INPUT', 402: 'BAD_USER_INPUT' },
    }),
    capture: post<{ paymentId: string; idempotencyKey: string }, Payment>('/payments/{paymentId}/capture', {
      body: 'form',
      idempotencyKey: true,
      answer: paymentIn,
      onStatus,
    }),
    refund: post<Refund, Payment>('/payments/{paymentId}/refunds', {
      body: { as: 'form', inputs: { amount: 'amount', 'metadata[reason]': 'reason' } },
      idempotencyKey: true,
      answer: paymentIn,
      onStatus,
    }),
  },
});

/** A ride has several payments where a card was exchanged; the one that was captured counts, else the newest. */
function theOneThatCounts(found: readonly Payment[]): Payment | null {
  return found.find(({ status }) => status !== 'AUTHORISED') ?? found[0] ?? null;
}

function pageOf({ data, has_more }: WireList, after: string | undefined): PaymentPage {
  return {
    nodes: data.map(paymentOf),
    cursors: data.map(({ id }) => id),
    hasNextPage: has_more,
    hasPreviousPage: after !== undefined,
  };
}

function paymentIn(body: unknown): Payment {
  return paymentOf(body as WirePayment);
}

function paymentOf(wire: WirePayment): Payment {
  const currency = wire.currency.toUpperCase();
  const money = (units: number): Money => ({ amount: fromMinorUnits(units, currency), currency });
  return {
    id: wire.id,
    rideId: wire.metadata.ride,
    status: wire.status,
    paymentMethod: wire.payment_method,
    authorised: money(wire.amount),
    captured: money(wire.amount_captured),
    refunded: money(wire.amount_refunded),
    createdAt: new Date(wire.created * 1_000).toISOString(),
  };
}
