import { createHash, timingSafeEqual } from 'node:crypto';
import { idempotencyRecord } from '../shared/idempotency.ts';
import { Problem } from '../shared/problem.ts';
import { json, type Reply } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { listOf } from './lists.ts';
import { errorReply, PaymentProblem } from './problems.ts';
import { type Form, readForm, readList, readNewPayment, readPage, readRefund } from './requests.ts';
import { type PaymentStore, paymentStore } from './store.ts';
import type { Payment } from './types.ts';

export interface PaymentsOptions extends ListenOptions {
  /** The bearer key that every request must carry. @default PAYMENTS_KEY, else `sk_test_demo` */
  key?: string;
  /** The clock. @default the system's */
  now?: () => Date;
}

/** Starts `payments`, REST with form bodies in the manner of Stripe. */
export function startPayments(options: PaymentsOptions): Promise<RunningBackend> {
  const { key = process.env.PAYMENTS_KEY || 'sk_test_demo', now = () => new Date() } = options;
  const store = paymentStore(now);
  const routes = routesOf(store);
  return startService(
    {
      name: 'payments',
      route: (request) => findRoute(routes, request, key),
      refuse: errorReply,
    },
    options,
  );
}

type Routes = Readonly<Record<string, (request: ServiceRequest, id: string) => Reply>>;

function routesOf(store: PaymentStore): Routes {
  const idempotency = idempotencyRecord();
  /** Every write has a key: asked again with it, it gives the answer that it gave. */
  const write = (request: ServiceRequest, known: readonly string[], work: (form: Form) => Payment): Reply => {
    const form = readForm(request, known);
    const asked = [request.method, request.url.pathname, form];
    return idempotency.once(request.headers['idempotency-key'], asked, () => json(work(form)));
  };
  return {
    'GET /payments': ({ url }) => {
      const { limit, startingAfter, status, rideIds } = readList(url);
      const wanted = rideIds && new Set(rideIds);
      const isWanted = (payment: Payment): boolean =>
        (status === undefined || payment.status === status) &&
        (wanted === undefined || wanted.has(payment.metadata.ride));
      return json(listOf(store.payments(), limit, startingAfter, isWanted));
    },
    'GET /payments/{id}': (_, id) => json(mustFind(store, id)),
    'GET /ledger': ({ url }) => {
      const { limit, startingAfter } = readPage(url);
      return json(listOf(store.ledger(), limit, startingAfter));
    },
    'POST /payments': (request) =>
      write(request, ['amount', 'currency', 'payment_method', 'metadata[ride]'], (form) =>
        store.authorise(readNewPayment(form)),
      ),
    'POST /payments/{id}/capture': (request, id) =>
      write(request, [], () => store.capture(mustFind(store, id))),
    'POST /payments/{id}/refunds': (request, id) =>
      write(request, ['amount', 'metadata[reason]'], (form) =>
        store.refund(mustFind(store, id), readRefund(form)),
      ),
  };
}

function findRoute(routes: Routes, request: ServiceRequest, key: string): Route {
  const [collection = '', id = '', ...rest] = request.segments;
  const path = `/${[collection, ...(id === '' ? [] : ['{id}']), ...rest].join('/')}`;
  const operation = `${request.method} ${path}`;
  const answer = Object.hasOwn(routes, operation) ? routes[operation] : undefined;
  assertKey(request, key);
  if (answer === undefined) throw new Problem(404, 'There is nothing to do at this path with this method.');
  return { operations: [operation], answer: () => answer(request, id) };
}

function assertKey({ headers }: ServiceRequest, key: string): void {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${key}`))) return;
  throw new PaymentProblem(401, 'authentication_error', 'api_key_invalid', 'The API key is not valid.');
}

function mustFind(store: PaymentStore, id: string): Payment {
  const payment = store.payment(id);
  if (!payment) throw new Problem(404, 'There is no such payment.');
  return payment;
}
