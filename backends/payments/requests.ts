import { isOneOf, readQuery } from '../rides/requests.ts';
import { Problem } from '../shared/problem.ts';
import type { ServiceRequest } from '../shared/service.ts';
import type { NewPayment } from './store.ts';
import { type PaymentStatus, paymentStatuses } from './types.ts';

/** Reads and checks what clients send: query parameters and form bodies, the latter with names such as `metadata[ride]`. */

export interface ListQuery {
  limit: number;
  startingAfter: string | undefined;
  status: PaymentStatus | undefined;
  /** Only payments of these rides. */
  rideIds: readonly string[] | undefined;
}

const defaultLimit = 50;
const maxLimit = 500;
const maxRides = 200;

/** `GET /ledger`. @throws Problem 400 naming the parameter */
export function readPage(url: URL): { limit: number; startingAfter: string | undefined } {
  const { limit, starting_after: startingAfter } = readQuery(url, ['limit', 'starting_after']);
  return { limit: readLimit(limit), startingAfter };
}

/** `GET /payments`. @throws Problem 400 naming the parameter */
export function readList(url: URL): ListQuery {
  const known = ['limit', 'starting_after', 'status', 'ride_ids'] as const;
  const { limit, starting_after: startingAfter, status, ride_ids: rides } = readQuery(url, known);
  if (status !== undefined && !isOneOf(status, paymentStatuses))
    throw new Problem(400, `"status" must be one of ${paymentStatuses.join(', ')}.`);
  const rideIds = rides?.split(',').filter((id) => id !== '');
  if (rideIds && rideIds.length > maxRides)
    throw new Problem(400, `"ride_ids" may hold ${maxRides} rides, but there are ${rideIds.length}.`);
  // A list by rides is whole: a client that batches its rides does not want to turn pages.
  return { limit: rideIds ? Number.MAX_SAFE_INTEGER : readLimit(limit), startingAfter, status, rideIds };
}

/** `POST /payments`. @throws Problem 415, 400 naming the member */
export function readNewPayment(form: Form): NewPayment {
  const { amount, currency, payment_method: paymentMethod, 'metadata[ride]': ride } = form;
  return {
    amount: readAmount(amount),
    currency: readMatching(currency, 'currency', /^[a-z]{3}$/, 'a currency of ISO 4217 in lower case'),
    paymentMethod: readMatching(paymentMethod, 'payment_method', /^pm_\w{1,60}$/, 'a payment method'),
    ride: readMatching(ride, 'metadata[ride]', /^[\x21-\x7e]{1,60}$/, 'the id of a ride'),
  };
}

/** `POST /payments/{id}/refunds`. @throws Problem 400 naming the member */
export function readRefund({ amount, 'metadata[reason]': reason }: Form): number | undefined {
  if (reason !== undefined && reason.length > 500)
    throw new Problem(400, '"metadata[reason]" may have 500 characters.');
  return amount === undefined ? undefined : readAmount(amount);
}

export type Form = Readonly<Record<string, string | undefined>>;

/**
 * The members of a form, each given once and known.
 *
 * @throws Problem 415 for another media type, 400 for a member that is unknown or given twice
 */
export function readForm(request: ServiceRequest, known: readonly string[]): Form {
  const body = request.body.toString();
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (body !== '' && type !== 'application/x-www-form-urlencoded')
    throw new Problem(415, 'The body must be application/x-www-form-urlencoded.');
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (!known.includes(name)) throw new Problem(400, `"${name}" is no member of this form.`);
    if (form.has(name)) throw new Problem(400, `"${name}" is given twice.`);
    form.set(name, value);
  }
  return Object.fromEntries(form);
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return defaultLimit;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxLimit)
    throw new Problem(400, `"limit" must be a whole number from 1 to ${maxLimit}.`);
  return limit;
}

function readAmount(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,11}$/.test(text))
    throw new Problem(400, '"amount" must be a whole number of smallest units from 1 to 999999999999.');
  return Number(text);
}

function readMatching(text: string | undefined, name: string, pattern: RegExp, expected: string): string {
  if (text === undefined || !pattern.test(text)) throw new Problem(400, `"${name}" must be ${expected}.`);
  return text;
}
