import { Problem } from '../shared/problem.ts';
import type { ServiceRequest } from '../shared/service.ts';
import { type Place, type Product, products } from './types.ts';

/** Reads and checks what clients send: query parameters, JSON bodies, form bodies. */

export interface NewRide {
  riderId: string;
  product: Product;
  pickup: Place;
  dropoff: Place;
  promoCode: string | null;
  partnerId: string | null;
}

/**
 * The query's parameters, each given once and known; others are refused, because a misspelt filter must not list all.
 *
 * @throws Problem 400
 */
export function readQuery<Name extends string>(
  url: URL,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const [name, value] of url.searchParams) {
    if (!isOneOf(name, known)) {
      const choices = known.length > 0 ? `known are ${known.join(', ')}` : 'there are none here';
      throw new Problem(400, `"${name}" is no parameter of this request; ${choices}.`);
    }
    if (found[name] !== undefined) throw new Problem(400, `"${name}" is given twice.`);
    found[name] = value;
  }
  return found;
}

/** `first` as a page size. @throws Problem 400 outside 1 to `max`. */
export function readPageSize(text: string | undefined, otherwise: number, max: number): number {
  if (text === undefined) return otherwise;
  const size = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > max) throw new Problem(400, `"first" must be a whole number from 1 to ${max}.`);
  return size;
}

/** A comma-separated list of ids, without the empty and the repeated. @throws Problem 400 for more than `max`. */
export function readIds(text: string, max: number): string[] {
  const ids = text.split(',').filter((id) => id !== '');
  if (ids.length > max) throw new Problem(400, `"ids" may hold ${max} ids, but there are ${ids.length}.`);
  return [...new Set(ids)];
}

/** @throws Problem 415 for another media type, 400 for what is not a JSON object. */
export function readJsonObject(request: ServiceRequest): Record<string, unknown> {
  requireMediaType(request, 'application/json');
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString());
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
  return asObject(value, 'The body');
}

/** `POST /rides`. @throws Problem 400 naming the member. */
export function readNewRide(body: Record<string, unknown>): NewRide {
  onlyMembers(body, ['riderId', 'product', 'pickup', 'dropoff', 'promoCode', 'partnerId'], 'The body');
  const { product } = body;
  if (!isOneOf(product, products)) throw new Problem(400, `"product" must be one of ${products.join(', ')}.`);
  return {
    riderId: readText(body.riderId, 'riderId', 40),
    product,
    pickup: readPlace(body.pickup, 'pickup'),
    dropoff: readPlace(body.dropoff, 'dropoff'),
    promoCode: body.promoCode == null ? null : readText(body.promoCode, 'promoCode', 40),
    partnerId: body.partnerId == null ? null : readText(body.partnerId, 'partnerId', 40),
  };
}

/** `POST /rides/{id}/cancellation`. @throws Problem 400 */
export function readReason(body: Record<string, unknown>): string {
  onlyMembers(body, ['reason'], 'The body');
  return readText(body.reason, 'reason', 500);
}

/** `POST /rides/{id}/rating`, a form. @throws Problem 415, 400 */
export function readRating(request: ServiceRequest): { stars: number; comment: string | null } {
  requireMediaType(request, 'application/x-www-form-urlencoded');
  const form = new URLSearchParams(request.body.toString());
  for (const name of form.keys()) {
    if (name !== 'stars' && name !== 'comment') throw new Problem(400, `"${name}" is no field of a rating.`);
  }
  const stars = form.get('stars') ?? '';
  if (!/^[1-5]$/.test(stars)) throw new Problem(400, '"stars" must be 1 to 5.');
  const comment = form.get('comment');
  return { stars: Number(stars), comment: comment ? readText(comment, 'comment', 2_000) : null };
}

function readPlace(value: unknown, name: string): Place {
  const place = asObject(value, `"${name}"`);
  onlyMembers(place, ['latitude', 'longitude', 'address', 'postalCode'], `"${name}"`);
  return {
    latitude: readNumber(place.latitude, `${name}.latitude`, 90),
    longitude: readNumber(place.longitude, `${name}.longitude`, 180),
    address: readText(place.address, `${name}.address`, 300),
    postalCode: place.postalCode == null ? null : readText(place.postalCode, `${name}.postalCode`, 20),
  };
}

function readText(value: unknown, name: string, maxLength: number): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > maxLength) {
    throw new Problem(400, `"${name}" must be a text of 1 to ${maxLength} characters.`);
  }
  return value;
}

function readNumber(value: unknown, name: string, limit: number): number {
  if (typeof value !== 'number' || Math.abs(value) > limit) {
    throw new Problem(400, `"${name}" must be a number from -${limit} to ${limit}.`);
  }
  return value;
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(400, `${name} must be a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function onlyMembers(value: Record<string, unknown>, known: readonly string[], name: string): void {
  const stranger = Object.keys(value).find((member) => !known.includes(member));
  if (stranger !== undefined) throw new Problem(400, `${name} may not have "${stranger}".`);
}

function requireMediaType(request: ServiceRequest, expected: string): void {
  const given = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (given !== expected) throw new Problem(415, `The body must be ${expected}.`);
}

/** Narrows a value to one of a list of texts. */
export function isOneOf<T extends string>(value: unknown, choices: readonly T[]): value is T {
  return choices.includes(value as T);
}
