import { describe, expect, test } from 'vitest';
import { startRides } from '../../backends/rides/server.ts';
import type { Ride } from '../../backends/rides/types.ts';
import { callsOf, getJson, withBackend } from './clients.ts';

interface Page {
  rides: Ride[];
  cursors: string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

const newRide = {
  riderId: 'R00001',
  product: 'XL',
  pickup: { latitude: 38.72, longitude: -9.14, address: 'Rua Augusta "1" & <2>', postalCode: '0010-053' },
  dropoff: { latitude: 38.75, longitude: -9.1, address: 'Largo 🚕' },
  promoCode: '00123',
};

const post = (url: string, body: unknown, key?: string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
  });

describe('pages of rides', () => {
  test('walk all 5,000 rides exactly once, newest first', () =>
    withBackend(startRides, async (url) => {
      const seen: Ride[] = [];
      let after: string | undefined;
      let previous = false;
      for (;;) {
        const { body } = await getJson<Page>(`${url}/rides?first=333${after ? `&after=${after}` : ''}`);
        expect(body.hasPreviousPage).toBe(previous);
        expect(body.cursors).toHaveLength(body.rides.length);
        seen.push(...body.rides);
        if (!body.hasNextPage) break;
        after = body.cursors.at(-1);
        previous = true;
      }
      expect(new Set(seen.map(({ id }) => id)).size).toBe(5_000);
      const order = seen.map(({ requestedAt, id }) => `${requestedAt} ${id}`);
      expect(order).toEqual([...order].sort().reverse());
      // Equal times are what a cursor of time alone would stumble over.
      expect(new Set(seen.map(({ requestedAt }) => requestedAt)).size).toBeLessThan(4_960);
    }));

  test('go on at the right place when a ride comes in between', () =>
    withBackend(startRides, async (url) => {
      const one = (await getJson<Page>(`${url}/rides?first=2`)).body;
      expect((await post(`${url}/rides`, newRide, 'k')).status).toBe(201);
      const two = (await getJson<Page>(`${url}/rides?first=1&after=${one.cursors[1]}`)).body;
      expect(two.rides[0]?.id).toBe('RIDE-004998');
      expect((await getJson<Page>(`${url}/rides?first=1`)).body.rides[0]?.id).toBe('RIDE-005001');
    }));

  test('hold only what the filters ask for', () =>
    withBackend(startRides, async (url) => {
      const query = 'first=500&status=CANCELLED&cityId=OSL';
      const { rides } = (await getJson<Page>(`${url}/rides?${query}`)).body;
      expect(rides.length).toBeGreaterThan(10);
      expect(rides.every(({ status, cityId }) => status === 'CANCELLED' && cityId === 'OSL')).toBe(true);
      const { riderId, driverId } = (await getJson<Page>(`${url}/rides?status=COMPLETED&first=1`)).body
        .rides[0] as Ride;
      const ofRider = (await getJson<Page>(`${url}/riders/${riderId}/rides?first=500`)).body;
      expect(ofRider).toEqual((await getJson<Page>(`${url}/rides?first=500&riderId=${riderId}`)).body);
      const ofDriver = (await getJson<Page>(`${url}/rides?driverId=${driverId}`)).body.rides;
      expect(new Set(ofDriver.map((ride) => ride.driverId))).toEqual(new Set([driverId]));
    }));

  test.each([
    ['first=0', '"first" must be'],
    ['first=501', '"first" must be'],
    ['first=1.5', '"first" must be'],
    ['after=x', '"after" is no cursor'],
    ['after=MjAyNS0wNi0zMFQxNzo1OTowNVogUklERS0wMDUwMDA=', '"after" is no cursor'],
    ['status=LATE', '"status" must be one of'],
    ['stauts=REQUESTED', '"stauts" is no parameter'],
    ['first=1&first=2', '"first" is given twice'],
    ['ids=RIDE-000001&status=COMPLETED', '"status" is no parameter'],
  ])('refuse ?%s with a problem', (query, detail) =>
    withBackend(startRides, async (url) => {
      const response = await fetch(`${url}/rides?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(((await response.json()) as { detail: string }).detail).toContain(detail);
    }),
  );
});

describe('lists by ids', () => {
  test('answer in an order of their own, without the unknown', () =>
    withBackend(startRides, async (url) => {
      const ids = 'RIDE-000002,RIDE-000009,nobody,RIDE-000005,RIDE-000002';
      const { body } = await getJson<Page>(`${url}/rides?ids=${ids}`);
      expect(body.rides.map(({ id }) => id)).toEqual(['RIDE-000009', 'RIDE-000005', 'RIDE-000002']);
      const riders = await getJson<{ riders: { id: string }[] }>(`${url}/riders?ids=R00001,R00002,x`);
      expect(riders.body.riders.map(({ id }) => id)).toEqual(['R00002', 'R00001']);
      expect((await getJson<Page>(`${url}/rides?ids=`)).body).toEqual({ rides: [] });
    }));

  test('walk all 800 riders exactly once, in order of id', () =>
    withBackend(startRides, async (url) => {
      type Riders = {
        riders: { id: string }[];
        cursors: string[];
        hasNextPage: boolean;
        hasPreviousPage: boolean;
      };
      const seen: string[] = [];
      let after = '';
      for (;;) {
        const { body } = await getJson<Riders>(`${url}/riders?first=300${after && `&after=${after}`}`);
        expect(body.hasPreviousPage).toBe(after !== '');
        seen.push(...body.riders.map(({ id }) => id));
        if (!body.hasNextPage) break;
        after = body.cursors.at(-1) ?? '';
      }
      expect(seen).toEqual([...new Set(seen)].sort());
      expect(seen).toHaveLength(800);
      expect((await getJson(`${url}/riders?after=x`)).status).toBe(400);
    }));

  test('take 200 ids and refuse 201', () =>
    withBackend(startRides, async (url) => {
      const ids = (count: number) =>
        Array.from({ length: count }, (_, i) => `RIDE-${String(i + 1).padStart(6, '0')}`);
      expect((await getJson<Page>(`${url}/rides?ids=${ids(200)}`)).body.rides).toHaveLength(200);
      expect((await getJson(`${url}/rides?ids=${ids(201)}`)).status).toBe(400);
    }));
});

describe('requesting a ride', () => {
  test('with the same key twice gives the same ride once', () =>
    withBackend(startRides, async (url) => {
      const first = await post(`${url}/rides`, newRide, 'key-1');
      const ride = (await first.json()) as Ride;
      expect([first.status, ride.status, ride.driverId, ride.cityId]).toEqual([
        201,
        'REQUESTED',
        null,
        'LIS',
      ]);
      expect([ride.promoCode, ride.pickup.postalCode, ride.dropoff.postalCode]).toEqual([
        '00123',
        '0010-053',
        null,
      ]);
      // The order of members does not make another body.
      const again = await post(
        `${url}/rides`,
        Object.fromEntries(Object.entries(newRide).reverse()),
        'key-1',
      );
      expect([again.status, await again.json()]).toEqual([201, ride]);
      expect((await getJson<Page>(`${url}/rides?first=1`)).body.rides).toEqual([ride]);
      expect((await getJson(`${url}/rides/RIDE-005002`)).status).toBe(404);
    }));

  test('with the same key and another body, or without a key, is refused', () =>
    withBackend(startRides, async (url) => {
      await post(`${url}/rides`, newRide, 'key-1');
      expect((await post(`${url}/rides`, { ...newRide, product: 'ECONOMY' }, 'key-1')).status).toBe(422);
      expect((await post(`${url}/rides/RIDE-005000/cancellation`, newRide, 'key-1')).status).toBe(422);
      expect((await post(`${url}/rides`, newRide)).status).toBe(400);
    }));

  test.each([
    [{ riderId: 'nobody' }, 422],
    [{ pickup: { latitude: 0, longitude: 0, address: 'sea' } }, 422],
    [{ dropoff: { latitude: 52.52, longitude: 13.4, address: 'Berlin' } }, 422],
    [{ product: 'LIMOUSINE' }, 400],
    [{ pickup: { latitude: '38.7', longitude: -9, address: 'x' } }, 400],
    [{ extra: 1 }, 400],
  ])('with %j in it is refused with %i, and its key stays free', (change, status) =>
    withBackend(startRides, async (url) => {
      expect((await post(`${url}/rides`, { ...newRide, ...change }, 'key-1')).status).toBe(status);
      expect((await post(`${url}/rides`, newRide, 'key-1')).status).toBe(201);
    }),
  );

  test('takes its time from the clock given, never before the newest ride', () =>
    withBackend(
      (options) => startRides({ ...options, now: () => new Date('2001-01-01T00:00:00Z') }),
      async (url) => {
        const newest = (await getJson<Page>(`${url}/rides?first=1`)).body.rides[0];
        const ride = (await (await post(`${url}/rides`, newRide, 'key-1')).json()) as Ride;
        expect(ride.requestedAt).toBe(newest?.requestedAt);
      },
    ));
});

describe('cancelling and rating', () => {
  test('cancels an active ride once and repeats the answer for the same key', () =>
    withBackend(startRides, async (url) => {
      const { body } = await getJson<Page>(`${url}/rides?status=ASSIGNED&first=1`);
      const path = `${url}/rides/${body.rides[0]?.id}/cancellation`;
      const reason = "Too late & <gone> 'sorry' 🚲";
      const first = (await (await post(path, { reason }, 'c1')).json()) as Ride;
      expect([first.status, first.cancelReason]).toEqual(['CANCELLED', reason]);
      expect(await (await post(path, { reason }, 'c1')).json()).toEqual(first);
      expect((await post(path, { reason }, 'c2')).status).toBe(409);
      expect((await post(`${url}/rides/RIDE-999999/cancellation`, { reason }, 'c3')).status).toBe(404);
    }));

  test('takes a rating as a form, of completed rides only', () =>
    withBackend(startRides, async (url) => {
      const id = (status: string) =>
        getJson<Page>(`${url}/rides?status=${status}&first=1`).then(({ body }) => body.rides[0]?.id);
      const rate = (ride: string | undefined, form: string) =>
        fetch(`${url}/rides/${ride}/rating`, { method: 'POST', body: new URLSearchParams(form) });
      const completed = await id('COMPLETED');
      const rated = await rate(completed, 'stars=5&comment=a%26b+c%3D%F0%9F%9A%95');
      expect(await rated.json()).toEqual({ rideId: completed, stars: 5, comment: 'a&b c=🚕' });
      expect((await rate(completed, 'stars=6')).status).toBe(400);
      expect((await rate(await id('IN_PROGRESS'), 'stars=5')).status).toBe(409);
      expect((await post(`${url}/rides/${completed}/rating`, { stars: 5 })).status).toBe(415);
    }));
});

describe('the rest of rides', () => {
  test('answers cities with a validator, and 304 to whoever has it', () =>
    withBackend(startRides, async (url) => {
      const response = await fetch(`${url}/cities`);
      expect(response.headers.get('cache-control')).toBe('max-age=300');
      expect(((await response.json()) as { cities: unknown[] }).cities).toHaveLength(3);
      const etag = response.headers.get('etag') as string;
      const again = await fetch(`${url}/cities`, { headers: { 'if-none-match': `"other", W/${etag}` } });
      expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
    }));

  test('counts by path template', () =>
    withBackend(startRides, async (url) => {
      await fetch(`${url}/rides`);
      await fetch(`${url}/rides?ids=x`);
      await fetch(`${url}/rides/RIDE-000001`);
      await fetch(`${url}/rides/RIDE-000002`);
      expect(await callsOf(url)).toEqual({
        total: 4,
        byOperation: { 'GET /rides': 2, 'GET /rides/{id}': 2 },
      });
    }));

  test('does not mistake an encoded slash, query or dot for part of the path', () =>
    withBackend(startRides, async (url) => {
      for (const path of [
        '/rides/RIDE-000001%2Fcancellation',
        '/rides/RIDE-000001%3Fx=1',
        '/rides/%2e%2e%2fcities',
      ]) {
        expect((await fetch(url + path)).status).toBe(404);
      }
      const wrongMethod = await fetch(`${url}/rides/RIDE-000001`, { method: 'DELETE' });
      expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET']);
    }));
});
