import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import * as peer from 'soap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningBackend } from '../../../backends/shared/service.ts';
import { startTariffs } from '../../../backends/tariffs/server.ts';
import { env } from '../../../src/config/setting.ts';
import { merge } from '../../../src/operations/adapters/merge.ts';
import { change, request } from '../../../src/transports/soap/builders.ts';
import { soap } from '../../../src/transports/soap/soap.ts';
import { type OpenedDatasource, opened, plain, shopWsdl } from './shop.ts';

describe('the npm package soap as a server', () => {
  let server: Server;
  let open: OpenedDatasource;
  const notified: unknown[] = [];
  const securities: { UsernameToken?: { Username: string; Password: { $value: string } } }[] = [];
  const bind = (url: string) =>
    soap('peer', {
      wsdl: shopWsdl,
      url,
      port: 'Shop11',
      security: {
        usernameToken: { username: 'anna', password: env('PEER_PASSWORD', 'p & p') },
        timestamp: { ttlMs: 60_000 },
      },
      operations: {
        echo: request<{ text: string }, { text: string }>('Echo', {
          soapHeaders: { Session: { value: { token: 't' } } },
        }),
        items: request<{ id: readonly string[] }, unknown[]>('GetItems', { answer: 'item' }),
        item: request<{ id: string }, unknown>('GetItem', {
          onFault: { ShopFault: { member: 'code', means: { GONE: 'NOT_FOUND' } } },
        }),
        notify: change<{ text: string }, null>('Notify'),
      },
    });
  let shop: ReturnType<typeof bind>;

  beforeAll(async () => {
    server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const listener = peer.listen(
      server,
      '/shop',
      {
        Shop: {
          Shop11: {
            Echo: ({ text }: { text: string }) => ({ text }),
            GetItems: ({ id }: { id: string | string[] }) => ({
              item: [id].flat().map((each) => ({
                id: each,
                owner: 'o',
                name: 'n',
                code: '007',
                amount: '9007199254740993',
                note: 'x',
              })),
            }),
            GetItem: () => {
              throw {
                Fault: {
                  faultcode: 'soap:Client',
                  faultstring: 'gone',
                  detail: { ShopFault: { attributes: { xmlns: 'urn:shop' }, code: 'GONE' } },
                },
              };
            },
            Notify: ({ text }: { text: string }) => notified.push(text),
          },
        },
      },
      readFileSync(shopWsdl, 'utf8'),
    );
    listener.authenticate = (security: (typeof securities)[number]) => {
      securities.push(security);
      return security.UsernameToken?.Password.$value === 'p & p';
    };
    shop = bind(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    open = await opened(shop);
  });

  afterAll(async () => {
    await open.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('gives back any text that it is sent', async () => {
    // This server trims texts, answers none for an empty one, and writes line ends as they are.
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((any) => any.replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').trim())
      .filter((trimmed) => trimmed !== '');
    await fc.assert(
      fc.asyncProperty(text, async (sent) => {
        expect((await open.ask(shop.echo, { text: sent })).map(plain)).toEqual([{ text: sent }]);
      }),
      { numRuns: 60 },
    );
  });

  it('reads our UsernameToken', async () => {
    await open.ask(shop.echo, { text: 'a' });
    expect(securities.at(-1)?.UsernameToken).toMatchObject({
      Username: 'anna',
      Password: { $value: 'p & p' },
    });
  });

  it('answers lists of typed records', async () => {
    const record = (id: string) => ({
      id,
      owner: 'o',
      name: 'n',
      code: '007',
      amount: '9007199254740993',
      note: 'x',
    });
    expect(await open.ask(shop.items, { id: ['a', 'b'] })).toEqual([[record('a'), record('b')]]);
    expect(await open.ask(shop.items, { id: ['a'] })).toEqual([[record('a')]]);
  });

  it('answers faults that are mapped', async () => {
    expect((await open.ask(shop.item, { id: 'a' })).map(plain)).toEqual(['NOT_FOUND']);
  });

  it('takes one-way messages', async () => {
    expect((await open.ask(shop.notify, { text: 'hello' })).map(plain)).toEqual([null]);
    expect(notified).toEqual(['hello']);
  });
});

describe('the tariffs backend', () => {
  interface Trip {
    readonly reference: string;
    readonly from: { latitude: number; longitude: number };
    readonly to: { latitude: number; longitude: number };
    readonly product: string;
  }
  interface Money {
    readonly value: string;
    readonly currency: string;
  }
  interface Estimate {
    readonly reference: string;
    readonly total: Money;
    readonly surcharge: Money | null;
    readonly tariffCode: string;
    readonly zones: readonly string[];
    readonly quoteNumber: string;
    readonly fixedPrice: boolean;
    readonly validUntil: string;
  }
  const fares = request<{ request: readonly Trip[] }, { estimate: Estimate[] }>('EstimateFares');
  const bind = (url: string) =>
    soap('tariffs', {
      wsdl: new URL('../../../backends/tariffs/tariffs.wsdl', import.meta.url),
      url,
      onFault: {
        TariffFault: { member: 'code', means: { UNKNOWN_CITY: null, OUT_OF_AREA: 'BAD_USER_INPUT' } },
      },
      operations: {
        fare: request<Omit<Trip, 'reference'>, Omit<Estimate, 'reference'>>('EstimateFare', {
          answer: 'estimate',
        }),
        fares: merge(fares, { list: 'request', reference: 'reference', answer: 'estimate', max: 200 }),
        products: request<{ cityId: string }, { product: string; base: Money }[] | null>('ListProducts', {
          answer: 'product',
        }),
        fee: request<{ rideId: string; status: string; minutesSinceRequest: number }, Money | null>(
          'CancellationFee',
          { answer: 'fee' },
        ),
      },
    });
  let backend: RunningBackend;
  let open: OpenedDatasource;
  let tariffs: ReturnType<typeof bind>;

  const lisbon = { latitude: 38.72, longitude: -9.14 };
  const trip = (km: number) => ({
    from: lisbon,
    to: { latitude: 38.72 + km / 111, longitude: -9.14 },
    product: 'ECONOMY',
  });

  beforeAll(async () => {
    backend = await startTariffs({ port: 0 });
    tariffs = bind(backend.url);
    open = await opened(tariffs);
  });

  afterAll(async () => {
    await open.close();
    await backend.close();
  });

  async function requests(): Promise<number> {
    return ((await (await fetch(`${backend.url}/calls`)).json()) as { total: number }).total;
  }

  it('prices a hundred trips in one request, each its own', async () => {
    const trips = Array.from({ length: 100 }, (_, index) => trip(1 + index / 10));
    const before = await requests();
    const bulk = (await open.ask(tariffs.fares, ...trips)).map(plain) as Estimate[];
    expect((await requests()) - before).toBe(1);
    const [first, last] = (await open.ask(tariffs.fare, trips[0]!, trips[99]!)).map(plain) as Estimate[];
    const { reference: _, ...firstOfBulk } = bulk[0]!;
    const { reference: __, ...lastOfBulk } = bulk[99]!;
    expect(firstOfBulk).toEqual(first);
    expect(lastOfBulk).toEqual(last);
    expect(first).not.toEqual(last);
  });

  it('gives values as its schema types them, and the same as another client reads', async () => {
    const [outcome] = (await open.ask(tariffs.fare, trip(5))).map(plain) as [Estimate];
    expect(outcome.total.value).toMatch(/^\d+\.\d{2}$/);
    expect(outcome.total.currency).toBe('EUR');
    expect(BigInt(outcome.quoteNumber)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    expect(typeof outcome.fixedPrice).toBe('boolean');
    expect(outcome.zones.every((zone) => typeof zone === 'string')).toBe(true);
    const client = await peer.createClientAsync(`${backend.url}/tariffs?wsdl`);
    const [theirs, raw] = await client.EstimateFareAsync(trip(5));
    expect(theirs.estimate.total).toMatchObject({ attributes: { currency: 'EUR' } });
    expect(raw).toContain(`>${outcome.total.value}<`);
    expect(raw).toContain(`>${outcome.quoteNumber}<`);
    expect(raw).toContain(`>${outcome.tariffCode}<`);
  });

  it('answers nil as null and faults as they are mapped', async () => {
    const ride = { rideId: 'RIDE-000001', minutesSinceRequest: 0 };
    expect(await open.ask(tariffs.fee, { ...ride, status: 'REQUESTED' })).toEqual([null]);
    expect(await open.ask(tariffs.products, { cityId: 'nowhere' })).toEqual([null]);
    const far = { ...trip(1), to: { latitude: 60, longitude: 10 } };
    expect((await open.ask(tariffs.fare, far)).map(plain)).toEqual(['BAD_USER_INPUT']);
    const products = (await open.ask(tariffs.products, { cityId: 'LIS' })).map(plain)[0] as unknown[];
    expect(products.length).toBeGreaterThan(0);
  });

  it('is not asked what its schema forbids', async () => {
    const before = await requests();
    const outcomes = await open.ask(
      tariffs.fare,
      { ...trip(1), product: 'ROCKET' },
      { ...trip(1), from: { latitude: 91, longitude: 0 } },
    );
    expect(outcomes.map(plain)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect((outcomes[0] as Error).message).toContain('EstimateFare/product');
    expect((outcomes[1] as Error).message).toContain('EstimateFare/from/latitude');
    expect((await requests()) - before).toBe(0);
  });

  it.each<[string, object, string]>([
    ['cut', { cut: 300 }, 'UPSTREAM_INVALID_RESPONSE'],
    ['broken off', { cut: 300, hangUp: true }, 'UPSTREAM_UNAVAILABLE'],
    ['a page', { status: 200, body: '<html>', contentType: 'text/html' }, 'UPSTREAM_INVALID_RESPONSE'],
    [
      'a page with 500',
      { status: 500, body: '<html>', contentType: 'text/html' },
      'DOWNSTREAM_SERVICE_ERROR',
    ],
  ])('answering what is %s fails', async (_, faults, code) => {
    await fetch(`${backend.url}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    try {
      expect((await open.ask(tariffs.fare, trip(2))).map(plain)).toEqual([code]);
    } finally {
      await fetch(`${backend.url}/faults`, { method: 'DELETE' });
    }
    expect((await open.ask(tariffs.fare, trip(2)))[0]).not.toBeInstanceOf(Error);
  });
});
