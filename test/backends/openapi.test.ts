import { describe, expect, test } from 'vitest';
import { openApi } from '../../backends/rides/openapi.ts';
import { startRides } from '../../backends/rides/server.ts';
import { getJson, withBackend } from './clients.ts';

type Json = Record<string, unknown>;

/** What is wrong with a value by a schema of the document, each with its place; only the keywords the document uses. */
function violations(value: unknown, schema: Json, place = '$'): string[] {
  if (schema.$ref) return violations(value, resolve(String(schema.$ref)), place);
  if (schema.oneOf) {
    const fitting = (schema.oneOf as Json[]).filter(
      (choice) => violations(value, choice, place).length === 0,
    );
    return fitting.length === 1 ? [] : [`${place} fits ${fitting.length} of oneOf`];
  }
  const found: string[] = [];
  const types = [schema.type ?? []].flat() as string[];
  if (
    types.length > 0 &&
    !types.includes(typeOf(value)) &&
    !(types.includes('number') && typeOf(value) === 'integer')
  ) {
    return [`${place} is ${typeOf(value)}, not ${types.join(' or ')}`];
  }
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) found.push(`${place} is none of the enum`);
  if (typeof value === 'string') {
    if (schema.pattern && !new RegExp(String(schema.pattern), 'u').test(value))
      found.push(`${place} misses the pattern`);
    const format = formats[String(schema.format)];
    if (format && !format.test(value)) found.push(`${place} is no ${schema.format}`);
  }
  if (typeof value === 'number') {
    if (value < Number(schema.minimum ?? -Infinity)) found.push(`${place} is too small`);
    if (value > Number(schema.maximum ?? Infinity)) found.push(`${place} is too large`);
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => violations(item, schema.items as Json, `${place}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) {
    const properties = schema.properties as Record<string, Json>;
    for (const name of schema.required as string[])
      if (!(name in value)) found.push(`${place}.${name} is missing`);
    for (const [name, member] of Object.entries(value)) {
      const property = properties[name];
      if (property) found.push(...violations(member, property, `${place}.${name}`));
      else if (schema.additionalProperties === false) found.push(`${place}.${name} is not described`);
    }
  }
  return found;
}

const formats: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  date: /^\d{4}-\d\d-\d\d$/,
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function resolve(pointer: string): Json {
  const found = pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Json)[key], openApi);
  if (!found) throw new Error(`${pointer} leads nowhere`);
  return found as Json;
}

/** The schema of one answer, by template, method, status and media type; fails when the document has none. */
function answerSchema(path: string, method: string, response: Response): Json {
  const operation = (openApi.paths as Record<string, Record<string, Json>>)[path]?.[method];
  const answer = (operation?.responses as Record<string, Json>)?.[response.status];
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] as string;
  const content = (answer?.content as Record<string, Json>)?.[mediaType];
  if (!content) throw new Error(`${method} ${path} ${response.status} ${mediaType} is not described`);
  return content.schema as Json;
}

const place = { latitude: 59.91, longitude: 10.75, address: 'Åkebergveien 1' };
const newRide = { riderId: 'R00002', product: 'ECONOMY', pickup: place, dropoff: place };
const asJson = (body: unknown, key?: string): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
});
const form = (text: string): RequestInit => ({ method: 'POST', body: new URLSearchParams(text) });

/** Path template, path, request, and the status that it must have. */
const exchanges: [string, string, RequestInit, number][] = [
  ['/rides', '/rides?first=500', {}, 200],
  ['/rides', '/rides?status=CANCELLED&first=200', {}, 200],
  ['/rides', '/rides?ids=RIDE-000001,RIDE-005000', {}, 200],
  ['/rides', '/rides?first=x', {}, 400],
  ['/rides', '/rides', asJson(newRide, 'a'), 201],
  ['/rides', '/rides', asJson(newRide), 400],
  ['/rides', '/rides', asJson({ ...newRide, riderId: 'x' }, 'b'), 422],
  ['/rides', '/rides', form('a=b'), 415],
  ['/rides/{id}', '/rides/RIDE-000001', {}, 200],
  ['/rides/{id}', '/rides/x', {}, 404],
  ['/rides/{id}/cancellation', '/rides/RIDE-005000/cancellation', asJson({ reason: 'r' }, 'c'), 200],
  ['/rides/{id}/cancellation', '/rides/RIDE-005000/cancellation', asJson({ reason: 'r' }, 'd'), 409],
  ['/rides/{id}/rating', '/rides/RIDE-000002/rating', form('stars=4'), 200],
  ['/rides/{id}/rating', '/rides/RIDE-005000/rating', form('stars=4'), 409],
  ['/imported-trips', '/imported-trips?first=500', {}, 200],
  ['/imported-trips', '/imported-trips?after=x', {}, 400],
  ['/riders', '/riders?ids=R00001,R00002,R00003', {}, 200],
  ['/riders', '/riders?first=500', {}, 200],
  ['/riders', '/riders?first=0', {}, 400],
  ['/riders/{id}/rides', '/riders/R00001/rides', {}, 200],
  ['/riders/{id}/rides', '/riders/x/rides', {}, 404],
  ['/cities', '/cities', {}, 200],
];

describe('the OpenAPI document of rides', () => {
  test('is served as it is written', () =>
    withBackend(startRides, async (url) => {
      const { body } = await getJson<Json>(`${url}/openapi.json`);
      expect(body).toEqual(JSON.parse(JSON.stringify(openApi)));
      expect(body.openapi).toBe('3.1.0');
    }));

  test('describes every answer, down to each member', () =>
    withBackend(startRides, async (url) => {
      for (const [template, path, request, status] of exchanges) {
        const response = await fetch(url + path, request);
        expect([path, response.status]).toEqual([path, status]);
        const schema = answerSchema(template, (request.method ?? 'GET').toLowerCase(), response);
        expect(violations(await response.json(), schema)).toEqual([]);
      }
    }));

  test('has only references that lead somewhere', () => {
    const pointers = [...JSON.stringify(openApi).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, pointer]) => pointer,
    );
    expect(pointers.length).toBeGreaterThan(20);
    for (const pointer of pointers) expect(resolve(String(pointer))).toBeDefined();
  });

  test('would be found out if it lied', () => {
    const ride = resolve('#/components/schemas/Ride');
    expect(violations({ id: 5, surplus: 1 }, ride)).toEqual(
      expect.arrayContaining([
        '$.id is integer, not string',
        '$.surplus is not described',
        '$.status is missing',
      ]),
    );
  });
});
