import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type TributaryError } from '../../../src/errors.ts';
import * as xml from '../../../src/formats/xml-shape/shape.ts';
import { merge } from '../../../src/operations/adapters/merge.ts';
import { orNull } from '../../../src/operations/adapters/or-null.ts';
import { reshape } from '../../../src/operations/adapters/reshape.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { get, post, put, remove } from '../../../src/transports/rest/builders.ts';
import { rest } from '../../../src/transports/rest/rest.ts';
import { csv } from '../../../src/transports/rest/slots.ts';
import { openDatasource } from '../../support/open-datasource.ts';
import { type Canned, declaration, type XmlServer, xmlServer } from './xml-server.ts';

const vehicle = xml.element('vehicle', {
  id: xml.attribute('id'),
  plate: xml.text('plate'),
  year: xml.int('year'),
  odometerMetres: xml.long('odometer'),
  price: xml.element('price', { amount: xml.content('decimal'), currency: xml.attribute('currency') }),
  active: xml.boolean('active'),
  tags: xml.list('tag'),
  documents: xml.list(xml.element('document', { kind: xml.text('kind') }), { in: 'documents' }),
  note: xml.optional(xml.text('note')),
});
type Vehicle = xml.Shaped<typeof vehicle>;
const vehicles = xml.list(vehicle, { in: 'vehicles' });

const car: Vehicle = {
  id: 'V-1',
  plate: '00123',
  year: 2021,
  odometerMetres: '9223372036854775807',
  price: { amount: '12500.50', currency: 'EUR' },
  active: true,
  tags: ['new', 'a & b <c>'],
  documents: [{ kind: 'insurance' }],
};

let server: XmlServer;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await xmlServer();
});
afterEach(async () => {
  server.can(undefined);
  for (const close of closing.splice(0)) await close();
});
afterAll(() => server.stop());

/** Opens a datasource and gives what asks one of its operations. */
async function opened<const Specs extends OperationSpecs>(
  operations: Specs,
  options: { maxResponseBytes?: number } = {},
) {
  const partners = rest('partners', { baseUrl: server.url, operations, ...options });
  const open = await openDatasource(partners);
  closing.push(open.close);
  return { partners, open };
}

const operations = {
  vehicle: orNull(get<{ id: string }, Vehicle>('/vehicles/{id}', { answer: { as: 'xml', shape: vehicle } })),
  vehicles: get<Record<never, never>, readonly Vehicle[]>('/vehicles', {
    answer: { as: 'xml', shape: vehicles },
  }),
  add: post<Vehicle, Vehicle>('/vehicles', {
    body: { as: 'xml', shape: vehicle },
    answer: { as: 'xml', shape: vehicle },
  }),
  change: put<{ id: string; vehicle: Vehicle }, Vehicle>('/vehicles/{id}', {
    body: { as: 'xml', shape: vehicle, whole: 'vehicle', contentType: 'text/xml' },
    answer: { as: 'xml', shape: vehicle },
  }),
  drop: remove<{ id: string }, null>('/vehicles/{id}'),
};

describe('a service that speaks XML', () => {
  it('is read and written: POST, GET one, PUT, GET a list, DELETE', async () => {
    const { partners, open } = await opened(operations);
    expect(await open.ask(partners.add, [car])).toEqual([car]);
    expect(server.received.at(-1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/xml; charset=utf-8' },
      body:
        `${declaration}<vehicle id="V-1"><plate>00123</plate><year>2021</year><odometer>9223372036854775807</odometer>` +
        '<price currency="EUR">12500.50</price><active>true</active><tag>new</tag><tag>a &amp; b &lt;c&gt;</tag>' +
        '<documents><document><kind>insurance</kind></document></documents></vehicle>',
    });
    expect(server.received.at(-1)?.headers.accept).toContain('application/xml');
    expect(await open.ask(partners.vehicle, [{ id: 'V-1' }])).toEqual([car]);

    const repainted = { ...car, tags: [], note: '' };
    expect(await open.ask(partners.change, [{ id: 'V-1', vehicle: repainted }])).toEqual([repainted]);
    expect(server.received.at(-1)).toMatchObject({ method: 'PUT', url: '/vehicles/V-1' });
    expect(server.received.at(-1)?.headers['content-type']).toBe('text/xml');
    expect(await open.ask(partners.vehicles, [{}])).toEqual([[repainted]]);

    expect(await open.ask(partners.drop, [{ id: 'V-1' }])).toEqual([null]);
    expect(server.received.at(-1)).toMatchObject({ method: 'DELETE', body: '' });
    expect(await open.ask(partners.vehicle, [{ id: 'V-1' }])).toEqual([null]);
    expect(await open.ask(partners.vehicles, [{}])).toEqual([[]]);
  });

  it('works with merge, reshape and a part of the answer', async () => {
    const byIds = get<{ ids: readonly string[] }, readonly Vehicle[]>('/vehicles', {
      query: { ids: csv('ids') },
      answer: { as: 'xml', shape: vehicles },
    });
    const { partners, open } = await opened({
      add: operations.add,
      drop: operations.drop,
      vehicle: merge(byIds, { list: 'ids', key: 'id', match: 'id' }),
      plate: reshape(
        get<{ id: string }, Vehicle>('/vehicles/{id}', { answer: { as: 'xml', shape: vehicle } }),
        ({ plate }) => ({ plate }),
      ),
      currency: get<{ id: string }, string>('/vehicles/{id}', {
        answer: { as: 'xml', shape: xml.select(vehicle, 'price.currency') },
      }),
      note: get<{ id: string }, string | null>('/vehicles/{id}', {
        answer: { as: 'xml', shape: xml.select(vehicle, 'note') },
      }),
    });
    await open.ask(partners.add, [car, { ...car, id: 'V-2', plate: 'B' }]);
    const before = server.received.length;
    const found = await open.ask(partners.vehicle, [{ id: 'V-2' }, { id: 'none' }, { id: 'V-1' }]);
    expect(found).toEqual([{ ...car, id: 'V-2', plate: 'B' }, null, car]);
    expect(server.received.length).toBe(before + 1);
    expect(await open.ask(partners.plate, [{ id: 'V-2' }])).toEqual([{ plate: 'B' }]);
    expect(await open.ask(partners.currency, [{ id: 'V-2' }])).toEqual(['EUR']);
    expect(await open.ask(partners.note, [{ id: 'V-2' }])).toEqual([null]);
    await open.ask(partners.drop, [{ id: 'V-1' }, { id: 'V-2' }]);
  });

  it('refuses inputs that the shape does not know or that XML cannot hold, naming the place', async () => {
    const { partners, open } = await opened(operations);
    const before = server.received.length;
    const wrong = async (change: object): Promise<string> => {
      const [outcome] = await open.ask(partners.add, [{ ...car, ...change }]);
      expect(codeOf(outcome as Error)).toBe('BAD_USER_INPUT');
      return (outcome as TributaryError).message;
    };
    expect(await wrong({ colour: 'red' })).toContain('vehicle/colour');
    expect(await wrong({ plate: 'a\u0000b' })).toContain('vehicle/plate');
    expect(await wrong({ tags: ['\ud800'] })).toContain('vehicle/tags[0]');
    expect(await wrong({ year: 1.5 })).toContain('vehicle/year');
    expect(await wrong({ plate: null })).toContain('vehicle/plate');
    expect(await wrong({ documents: [{ kind: 'x' }, { kind: 'x', page: 1 }] })).toContain(
      'vehicle/documents[1]/page',
    );
    expect(await wrong(JSON.parse('{"__proto__": {"plate": "x"}}'))).toContain('vehicle/__proto__');
    const [missing] = await open.ask(partners.change, [
      { id: 'V-1', vehicle: undefined as unknown as Vehicle },
    ]);
    expect((missing as Error).message).toContain('`vehicle` is missing');
    expect(server.received.length).toBe(before);
  });

  it('sends declared inputs in the body and the others as query parameters', async () => {
    const plate = xml.element('plate', { country: xml.attribute('country'), text: xml.content() });
    const { partners, open } = await opened({
      search: post<{ country: string; text: string; page: number }, unknown>('/search', {
        kind: 'read',
        body: { as: 'xml', shape: plate, inputs: ['country', 'text'] },
        answer: { as: 'xml', shape: xml.int('count') },
      }),
    });
    server.can({ body: '<count> 7 </count>' });
    const asked = { country: 'DE', text: '"\r\n</plate><!--', page: 2 };
    expect(await open.ask(partners.search, [asked])).toEqual([7]);
    expect(server.received.at(-1)).toMatchObject({
      url: '/search?page=2',
      body: `${declaration}<plate country="DE">"&#xD;\n&lt;/plate&gt;&lt;!--</plate>`,
    });
  });
});

describe('an answer in XML', () => {
  const small = xml.element('v', { id: xml.attribute('id', 'int'), name: xml.optional(xml.text('name')) });

  async function outcomeOf(canned: Canned, options: { maxResponseBytes?: number } = {}): Promise<unknown> {
    const { partners, open } = await opened(
      { asked: get<Record<never, never>, unknown>('/x', { answer: { as: 'xml', shape: small } }) },
      options,
    );
    server.can(canned);
    const [outcome] = await open.ask(partners.asked, [{}]);
    if (outcome instanceof Error) expect((outcome as TributaryError).service).toBe('partners');
    return outcome;
  }

  it.each<[string, Canned, unknown]>([
    ['text/xml', { type: 'text/xml', body: '<v id="1"><name>é</name></v>' }, { id: 1, name: 'é' }],
    ['a type that ends in +xml', { type: 'application/vnd.partners+xml', body: '<v id="1"/>' }, { id: 1 }],
    ['unknown elements', { body: '<v id="1" x="y"><new><name>n</name></new></v>' }, { id: 1 }],
    ['a namespace that the shape does not name', { body: '<p:v xmlns:p="urn:p" id="1"/>' }, { id: 1 }],
    [
      'ISO-8859-1 by header',
      {
        type: 'application/xml; charset=iso-8859-1',
        body: Buffer.from('<v id="1"><name>é</name></v>', 'latin1'),
      },
      { id: 1, name: 'é' },
    ],
    [
      'windows-1252 by declaration',
      {
        body: Buffer.from(
          '<?xml version="1.0" encoding="windows-1252"?><v id="1"><name>\x80</name></v>',
          'latin1',
        ),
      },
      { id: 1, name: '€' },
    ],
    [
      'UTF-16 by its mark',
      { body: Buffer.from('\ufeff<v id="1"><name>é</name></v>', 'utf16le') },
      { id: 1, name: 'é' },
    ],
    [
      'a nil element',
      { body: '<v xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="1"><name xsi:nil="true"/></v>' },
      { id: 1, name: null },
    ],
  ])('may come with %s', async (_, canned, value) => {
    expect(await outcomeOf(canned)).toEqual(value);
  });

  const nested = `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`;
  it.each<[string, Canned]>([
    ['HTML', { type: 'text/html', body: '<v id="1"/>' }],
    ['XHTML', { type: 'application/xhtml+xml', body: '<v id="1"/>' }],
    ['JSON', { type: 'application/json', body: '{"id":1}' }],
    ['JSON that calls itself XML', { body: '{"id":1}' }],
    ['nothing', { body: '' }],
    ['a document cut short', { body: '<v id="1"><name>n</na' }],
    ['something behind the root', { body: '<v id="1"/><v id="2"/>' }],
    ['a DOCTYPE', { body: '<!DOCTYPE v [<!ENTITY e "x">]><v id="1"/>' }],
    ['bytes of another encoding', { body: Buffer.from('<v id="1"><name>é</name></v>', 'latin1') }],
    ['an encoding that is not read', { type: 'text/xml; charset=ebcdic', body: '<v id="1"/>' }],
    ['another root', { body: '<error id="1"/>' }],
    ['a missing attribute', { body: '<v/>' }],
    ['an attribute of another type', { body: '<v id="one"/>' }],
    ['one element too many', { body: '<v id="1"><name>a</name><name>b</name></v>' }],
    ['a nil root', { body: '<v xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="1" id="1"/>' }],
  ])('is refused as invalid when it is %s', async (_, canned) => {
    const outcome = await outcomeOf(canned);
    expect(codeOf(outcome as Error)).toBe('UPSTREAM_INVALID_RESPONSE');
  });

  it('is refused as too large when it passes a limit of size or depth', async () => {
    const long = { body: `<v id="1"><name>${'x'.repeat(5_000)}</name></v>` };
    expect(codeOf((await outcomeOf(long, { maxResponseBytes: 2_000 })) as Error)).toBe(
      'UPSTREAM_RESPONSE_TOO_LARGE',
    );
    expect(codeOf((await outcomeOf({ body: `<v id="1">${nested}</v>` })) as Error)).toBe(
      'UPSTREAM_RESPONSE_TOO_LARGE',
    );
  });

  it.each([
    [404, 'NOT_FOUND'],
    [409, 'CONFLICT'],
    [500, 'DOWNSTREAM_SERVICE_ERROR'],
    [503, 'UPSTREAM_UNAVAILABLE'],
  ])('of status %i is %s, whatever its body', async (status, code) => {
    const outcome = await outcomeOf({ status, body: '<error>secret</error>' });
    expect(codeOf(outcome as Error)).toBe(code);
    expect((outcome as Error).message).not.toContain('secret');
  });

  it('is whole when it is read in slices, and no answer at all when it is cut short', async () => {
    const { partners, open } = await opened({
      all: get<Record<never, never>, readonly Vehicle[]>('/x', { answer: { as: 'xml', shape: vehicles } }),
    });
    const one =
      '<vehicle id="V"><plate>P</plate><year>1</year><odometer>2</odometer><price currency="EUR">1</price><active>1</active></vehicle>';
    server.can({ body: `<vehicles>${one.repeat(20_000)}</vehicles>` });
    const [all] = await open.ask(partners.all, [{}]);
    expect(all).toHaveLength(20_000);
    server.can({ body: `<vehicles>${one.repeat(20_000)}</vehicle` });
    const [cut] = await open.ask(partners.all, [{}]);
    expect(codeOf(cut as Error)).toBe('UPSTREAM_INVALID_RESPONSE');
    expect((cut as TributaryError).detail).toMatch(/line 1, column/);
  });
});

describe('an XML Schema', () => {
  const file = new URL('./schemas/partners.xsd', import.meta.url);
  interface ByTheSchema {
    readonly id: string;
    readonly plate: string;
    readonly year: number;
    readonly price?: string;
  }
  const element = xml.schema<ByTheSchema>(file, '{urn:partners}vehicle');

  it('types the body and the answer', async () => {
    const { partners, open } = await opened({
      change: put<{ id: string; vehicle: ByTheSchema }, ByTheSchema>('/vehicles/{id}', {
        body: { as: 'xml', shape: element, whole: 'vehicle' },
        answer: { as: 'xml', shape: element },
      }),
      list: get<Record<never, never>, readonly ByTheSchema[]>('/vehicles', {
        answer: {
          as: 'xml',
          shape: xml.select(
            xml.schema<{ vehicle: readonly ByTheSchema[] }>(file, '{urn:partners}vehicles'),
            'vehicle',
          ),
        },
      }),
    });
    const document =
      '<vehicle xmlns="urn:partners" id="7"><plate>007</plate><year>2020</year><price>1.10</price></vehicle>';
    server.can({ body: document });
    const value = { id: '7', plate: '007', year: 2020, price: '1.10' };
    expect(await open.ask(partners.change, [{ id: '7', vehicle: value }])).toEqual([value]);
    expect(server.received.at(-1)?.body).toBe(
      `${declaration}<ns1:vehicle xmlns:ns1="urn:partners" id="7"><ns1:plate>007</ns1:plate><ns1:year>2020</ns1:year><ns1:price>1.10</ns1:price></ns1:vehicle>`,
    );
    const [wrong] = await open.ask(partners.change, [{ id: '7', vehicle: { ...value, year: 2 ** 40 } }]);
    expect((wrong as TributaryError).message).toContain('vehicle/year');

    server.can({ body: `<vehicles xmlns="urn:partners">${document}</vehicles>` });
    expect(await open.ask(partners.list, [{}])).toEqual([[value]]);
    server.can({ body: '<vehicle id="7"><plate>007</plate><year>2020</year></vehicle>' });
    const [other] = await open.ask(partners.change, [{ id: '7', vehicle: value }]);
    expect(codeOf(other as Error)).toBe('UPSTREAM_INVALID_RESPONSE');
  });

  it.each([
    [
      'that does not hold the element',
      file,
      '{urn:partners}lorry',
      /partners\.xsd has no element .*lorry.*\{urn:partners\}vehicle/,
    ],
    ['that is not there', new URL('./schemas/none.xsd', import.meta.url), 'x', /none\.xsd cannot be read/],
    ['that is none', new URL('./xml.test.ts', import.meta.url), 'x', /xml\.test\.ts/],
    ['from elsewhere', 'https://partners.example/partners.xsd', 'x', /partners\.xsd cannot be read/],
  ])('%s is refused when the operation is prepared', async (_, location, name, message) => {
    const { partners, open } = await opened({
      asked: get<Record<never, never>, unknown>('/x', {
        answer: { as: 'xml', shape: xml.schema(location, name) },
      }),
    });
    expect(() => open.call(partners.asked)).toThrow(message);
  });
});

describe('a definition that cannot work', () => {
  it.each<[string, object, RegExp]>([
    ['a list without a root element', { answer: { as: 'xml', shape: xml.list('tag') } }, /needs `in`/],
    [
      'two members of one element',
      { answer: { as: 'xml', shape: xml.element('v', { a: xml.text('x'), b: xml.int('x') }) } },
      /`x` twice/,
    ],
    ['a name that XML has not', { answer: { as: 'xml', shape: xml.element('a b', {}) } }, /`a b`/],
    [
      'text beside elements',
      { answer: { as: 'xml', shape: xml.element('v', { a: xml.text('x'), b: xml.content() }) } },
      /no elements beside it/,
    ],
    [
      'another charset',
      { body: { as: 'xml', shape: vehicle, contentType: 'text/xml; charset=latin1' } },
      /UTF-8/,
    ],
    ['no shape', { answer: { as: 'xml' } }, /needs a `shape`/],
    ['no shape of a body', { body: { as: 'xml' } }, /needs a `shape`/],
    ['another language', { answer: { as: 'yaml', shape: vehicle } }, /`answer` must be/],
    ['inputs and whole', { body: { as: 'xml', shape: vehicle, whole: 'a', inputs: ['a'] } }, /not both/],
  ])('is refused at start-up: %s', async (_, options, message) => {
    const { partners, open } = await opened({ asked: post<Record<string, unknown>, unknown>('/x', options) });
    expect(() => open.call(partners.asked)).toThrow(message);
  });
});

describe('the types of an operation', () => {
  it('are checked against the shape', () => {
    const wrongAnswer = get<{ id: string }, { plate: number }>('/v/{id}', {
      // @ts-expect-error the plate is text
      answer: { as: 'xml', shape: vehicle },
    });
    // @ts-expect-error the shape wants more than a plate
    const wrongBody = post<{ plate: string }, null>('/v', { body: { as: 'xml', shape: vehicle } });
    const wrongWhole = put<{ vehicle: string }, null>('/v', {
      // @ts-expect-error the vehicle is text
      body: { as: 'xml', shape: vehicle, whole: 'vehicle' },
    });
    expect([wrongAnswer, wrongBody, wrongWhole]).toHaveLength(3);
  });
});
