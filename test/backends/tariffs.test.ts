import { createClientAsync } from 'soap';
import { describe, expect, test } from 'vitest';
import { seedRiders, seedRides } from '../../backends/rides/data.ts';
import { attribute, type XmlElement } from '../../backends/shared/xml.ts';
import { startTariffs } from '../../backends/tariffs/server.ts';
import { callsOf, findAll, postXml, textOf, withBackend } from './clients.ts';

const namespace = 'urn:ride-hailing:tariffs:v1';
const envelope = (body: string, header = ''): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="${namespace}">${header}<s:Body>${body}</s:Body></s:Envelope>`;
const coordinate = (name: string, latitude: number | string, longitude: number | string): string =>
  `<t:${name}><t:latitude>${latitude}</t:latitude><t:longitude>${longitude}</t:longitude></t:${name}>`;
const lisbon = coordinate('from', 38.72, -9.13) + coordinate('to', 38.75, -9.1);
const estimate = (product: string, places = lisbon): string =>
  envelope(`<t:EstimateFare>${places}<t:product>${product}</t:product></t:EstimateFare>`);
const fault = (root: XmlElement) => ({
  code: textOf(root, 'faultcode'),
  message: textOf(root, 'faultstring'),
  detail: textOf(root, 'TariffFault') === undefined ? undefined : textOf(root, 'code'),
});

describe('a fare', () => {
  test('is exact text, with attributes, nil, a list, a long and an offset', () =>
    withBackend(startTariffs, async (url) => {
      const { status, root, text } = await postXml(`${url}/tariffs`, estimate('ECONOMY'));
      expect(status).toBe(200);
      const total = findAll(root, 'total')[0] as XmlElement;
      expect([total.text, attribute(total, 'currency')]).toEqual(['3.74', 'EUR']);
      expect([textOf(root, 'perKm'), textOf(root, 'distanceKm')]).toEqual(['0.6250', '4.231']);
      expect([textOf(root, 'tariffCode'), textOf(root, 'zones')]).toEqual(['00123', 'A']);
      expect(text).toContain('<surcharge xsi:nil="true" currency="EUR"/>');
      const quote = BigInt(textOf(root, 'quoteNumber') ?? 0);
      expect(quote > 2n ** 53n && quote < 2n ** 63n && BigInt(Number(quote)) !== quote).toBe(true);
      // A pure function of the request.
      expect((await postXml(`${url}/tariffs`, estimate('ECONOMY'))).text).toBe(text);
    }));

  test('keeps zeros at the end: ten is 10.00 somewhere in the fleet of rides', () =>
    withBackend(startTariffs, async (url) => {
      const rides = seedRides(seedRiders()).slice(-200);
      const { root } = await postXml(`${url}/tariffs`, envelope(bulk(rides)));
      const totals = findAll(root, 'total').map((total) => total.text);
      expect(totals).toHaveLength(200);
      expect(totals.every((total) => /^\d+\.\d\d$/.test(total))).toBe(true);
      expect(totals.some((total) => total.endsWith('0'))).toBe(true);
    }));
});

describe('the bulk operation', () => {
  test('answers each reference once, in another order, with the same fare as alone', () =>
    withBackend(startTariffs, async (url) => {
      const trip = (reference: string, product: string) =>
        `<t:request reference="${reference}">${lisbon}<t:product>${product}</t:product></t:request>`;
      const body = `<t:EstimateFares>${trip('1', 'ECONOMY')}${trip('01', 'XL')}${trip('a&amp;&quot;&lt;', 'COMFORT')}</t:EstimateFares>`;
      const { root } = await postXml(`${url}/tariffs`, envelope(body));
      const found = findAll(root, 'estimate');
      expect(found.map((element) => attribute(element, 'reference'))).toEqual(['a&"<', '01', '1']);
      const alone = await postXml(`${url}/tariffs`, estimate('XL'));
      expect(textOf(found[1] as XmlElement, 'total')).toBe(textOf(alone.root, 'total'));
      expect(await callsOf(url)).toEqual({ total: 2, byOperation: { EstimateFares: 1, EstimateFare: 1 } });
    }));

  test('rejects one trip without spoiling the others', () =>
    withBackend(startTariffs, async (url) => {
      const sea = coordinate('from', 0, 0) + coordinate('to', 0, 0);
      const trip = (reference: string, places: string) =>
        `<t:request reference="${reference}">${places}<t:product>XL</t:product></t:request>`;
      const body = `<t:EstimateFares>${trip('sea', sea)}${trip('land', lisbon)}</t:EstimateFares>`;
      const { status, root } = await postXml(`${url}/tariffs`, envelope(body));
      expect([status, findAll(root, 'estimate').length]).toEqual([200, 1]);
      const rejected = findAll(root, 'rejected')[0] as XmlElement;
      expect([attribute(rejected, 'reference'), textOf(rejected, 'code')]).toEqual(['sea', 'OUT_OF_AREA']);
    }));

  test('takes 200 trips and refuses 201, none, and a reference twice', () =>
    withBackend(startTariffs, async (url) => {
      const rides = seedRides(seedRiders());
      const many = (count: number) => postXml(`${url}/tariffs`, envelope(bulk(rides.slice(0, count))));
      expect((await many(200)).status).toBe(200);
      for (const count of [201, 0]) expect(fault((await many(count)).root).code).toBe('soap:Client');
      const twice = await postXml(
        `${url}/tariffs`,
        envelope(bulk([...rides.slice(0, 1), ...rides.slice(0, 1)])),
      );
      expect(fault(twice.root).message).toContain('each reference may stand once');
    }));
});

describe('faults', () => {
  test('have status 500 and a typed detail', () =>
    withBackend(startTariffs, async (url) => {
      const unknown = await postXml(
        `${url}/tariffs`,
        envelope('<t:ListProducts><t:cityId>XXX</t:cityId></t:ListProducts>'),
      );
      expect([unknown.status, fault(unknown.root).detail]).toEqual([500, 'UNKNOWN_CITY']);
      const between = coordinate('from', 38.72, -9.13) + coordinate('to', 52.52, 13.4);
      const far = await postXml(`${url}/tariffs`, estimate('XL', between));
      expect([far.status, fault(far.root).detail]).toEqual([500, 'OUT_OF_AREA']);
    }));

  test.each([
    ['broken XML', '<a', 'soap:Client', 'not well-formed'],
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'soap:Client', 'DOCTYPE'],
    ['another envelope', '<Envelope/>', 'soap:VersionMismatch', 'SOAP 1.1'],
    ['an empty body', envelope(''), 'soap:Client', 'one element'],
    ['an unknown operation', envelope('<t:Steal/>'), 'soap:Client', 'no operation'],
    ['an inherited name', envelope('<t:constructor/>'), 'soap:Client', 'no operation'],
    ['an unknown product', estimate('BOAT'), 'soap:Client', 'product'],
    [
      'a number with an exponent',
      estimate('XL', coordinate('from', '3.8e1', 0) + coordinate('to', 1, 1)),
      'soap:Client',
      'decimal',
    ],
    [
      'elements out of order',
      estimate('XL', coordinate('to', 1, 1) + coordinate('from', 1, 1)),
      'soap:Client',
      'in this order',
    ],
    [
      'a header that must be understood',
      envelope('<t:ListProducts/>', '<s:Header><t:Key s:mustUnderstand="1"/></s:Header>'),
      'soap:MustUnderstand',
      'Key',
    ],
  ])('answer %s', (_, body, code, message) =>
    withBackend(startTariffs, async (url) => {
      const { status, root } = await postXml(`${url}/tariffs`, body);
      expect([status, fault(root).code]).toEqual([500, code]);
      expect(fault(root).message).toContain(message);
    }),
  );

  test('answer a SOAPAction that contradicts the body, and another media type', () =>
    withBackend(startTariffs, async (url) => {
      const action = (value: string) => postXml(`${url}/tariffs`, estimate('XL'), { soapaction: value });
      expect((await action(`"${namespace}#EstimateFare"`)).status).toBe(200);
      expect((await action('""')).status).toBe(200);
      expect((await action(`"${namespace}#ListProducts"`)).status).toBe(500);
      const json = await postXml(`${url}/tariffs`, estimate('XL'), { 'content-type': 'application/json' });
      expect(fault(json.root).message).toContain('text/xml');
    }));
});

describe('the other operations', () => {
  test('tell when cancelling is free by nil', () =>
    withBackend(startTariffs, async (url) => {
      const ask = (status: string, minutes: number, city = '') =>
        postXml(
          `${url}/tariffs`,
          envelope(
            `<t:CancellationFee><t:rideId>R&amp;1</t:rideId><t:status>${status}</t:status>` +
              `<t:minutesSinceRequest>${minutes}</t:minutesSinceRequest>${city}</t:CancellationFee>`,
          ),
        );
      expect((await ask('ASSIGNED', 3)).text).toContain('<fee xsi:nil="true" currency="EUR"/>');
      const due = await ask('CANCELLED', 15, '<t:cityId>OSL</t:cityId>');
      expect([textOf(due.root, 'rideId'), textOf(due.root, 'fee')]).toEqual(['R&1', '10.00']);
      expect(due.text).toContain('currency="NOK"');
      expect(fault((await ask('LATE', 1)).root).code).toBe('soap:Client');
    }));

  test('keep codes and names as they are', () =>
    withBackend(startTariffs, async (url) => {
      const codes = [];
      for (const city of ['LIS', 'BER', 'OSL']) {
        const body = envelope(`<t:ListProducts><t:cityId>${city}</t:cityId></t:ListProducts>`);
        const { root } = await postXml(`${url}/tariffs`, body);
        codes.push(...findAll(root, 'tariffCode').map((element) => element.text));
        if (city === 'LIS') expect(textOf(root, 'note')).toBe('Água <fresca> "grátis"');
      }
      expect(codes).toEqual(['00123', '1e5', '1.10', '007', '0x1F', '1E400', 'true', 'NaN', '-0']);
    }));
});

describe('the WSDL', () => {
  test('names the address it was asked at', () =>
    withBackend(startTariffs, async (url) => {
      expect(await (await fetch(`${url}/tariffs?wsdl`)).text()).toContain(
        `<soap:address location="${url}/tariffs"/>`,
      );
      expect((await fetch(`${url}/tariffs`)).status).toBe(405);
    }));

  test('lets a stock SOAP client call every operation', () =>
    withBackend(startTariffs, async (url) => {
      const client = await createClientAsync(`${url}/tariffs?wsdl`);
      const from = { latitude: '59.91', longitude: '10.75' };
      const trip = { from, to: { latitude: '59.95', longitude: '10.80' }, product: 'XL' };
      const call = async (name: string, input: unknown) => (await client[`${name}Async`](input))[0];
      const one = await call('EstimateFare', trip);
      expect(one.estimate.total.attributes.currency).toBe('NOK');
      const many = await call('EstimateFares', {
        request: ['a', 'b'].map((reference) => ({ attributes: { reference }, ...trip })),
      });
      expect(many.estimate.map((item: typeof one.estimate) => item.attributes.reference)).toEqual(['b', 'a']);
      expect((await call('ListProducts', { cityId: 'OSL' })).product).toHaveLength(3);
      const fee = await call('CancellationFee', { rideId: 'R', status: 'ASSIGNED', minutesSinceRequest: 60 });
      expect(fee.fee.$value).toBe(12);
      await expect(call('ListProducts', { cityId: 'XXX' })).rejects.toThrow(
        'There are no tariffs for this city',
      );
    }));
});

function bulk(rides: ReturnType<typeof seedRides>): string {
  const requests = rides.map(
    ({ id, pickup, dropoff, product }) =>
      `<t:request reference="${id}">${coordinate('from', pickup.latitude, pickup.longitude)}` +
      `${coordinate('to', dropoff.latitude, dropoff.longitude)}<t:product>${product}</t:product></t:request>`,
  );
  return `<t:EstimateFares>${requests.join('')}</t:EstimateFares>`;
}
