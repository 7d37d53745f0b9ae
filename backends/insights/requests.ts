import { readJsonObject, readPageSize, readQuery } from '../rides/requests.ts';
import { Problem } from '../shared/problem.ts';
import type { ServiceRequest } from '../shared/service.ts';
import { type Features, featureNames } from './features.ts';

/** Reads and checks what clients send. */

export const maxRiders = 500;

/** A rider that we know by id; or one with features to be scored as they are given. */
export interface AskedRider {
  id: string;
  features: Features | undefined;
}

/** `POST /scores`: `{"riderIds": [...]}`, `{"riders": [{"id", "features"}]}`. @throws Problem 415, 400 naming the member */
export function readAsked(request: ServiceRequest): AskedRider[] {
  const { riderIds = [], riders = [], ...others } = readJsonObject(request);
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw new Problem(400, `The body may not have "${stranger}".`);
  const ids = readList(riderIds, 'riderIds').map((id) => ({ id: readId(id), features: undefined }));
  const asked = [...ids, ...readList(riders, 'riders').map(readRider)];
  if (asked.length === 0 || asked.length > maxRiders)
    throw new Problem(
      400,
      `1 to ${maxRiders} riders are scored in one request, but there are ${asked.length}.`,
    );
  return asked;
}

export interface AtRiskQuery {
  threshold: number;
  first: number;
  after: string | undefined;
}

/** `GET /at-risk`. @throws Problem 400 naming the parameter */
export function readAtRisk(url: URL): AtRiskQuery {
  const { threshold = '0.5', first, after } = readQuery(url, ['threshold', 'first', 'after']);
  const number = /^[\d.]{1,30}(e-\d{1,3})?$/.test(threshold) ? Number(threshold) : Number.NaN;
  if (!(number >= 0 && number <= 1)) throw new Problem(400, '"threshold" must be a number from 0 to 1.');
  return { threshold: number, first: readPageSize(first, 50, maxRiders), after };
}

function readRider(value: unknown): AskedRider {
  const { id, features } = (typeof value === 'object' && value ? value : {}) as Record<string, unknown>;
  const given = (typeof features === 'object' && features ? features : {}) as Record<string, unknown>;
  const wrong = featureNames.find((name) => !Number.isFinite(given[name]) || Number(given[name]) < 0);
  if (wrong !== undefined) throw new Problem(400, `"features.${wrong}" must be a number, zero or more.`);
  return { id: readId(id), features: given as unknown as Features };
}

function readId(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > 40)
    throw new Problem(400, 'An id must be a text of 1 to 40 characters.');
  return value;
}

function readList(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Problem(400, `"${name}" must be a list.`);
  return value;
}
