import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { env } from '../../../src/config/setting.ts';
import { merge } from '../../../src/operations/adapters/merge.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { change, request } from '../../../src/transports/soap/builders.ts';
import { type SoapOptions, soap } from '../../../src/transports/soap/soap.ts';
import {
  type Answer,
  type Asked,
  bodyOf,
  envelope,
  envelope12,
  fault,
  type OpenedDatasource,
  opened,
  plain,
  priced,
  type RawServer,
  rawServer,
  shopWsdl,
} from './shop.ts';

let server: RawServer;
let open: OpenedDatasource | undefined;

async function serve(answer: (asked: Asked, count: number) => Answer): Promise<void> {
  server = await rawServer(answer);
}

async function bound<const Specs extends OperationSpecs>(
  operations: Specs,
  options: Partial<SoapOptions<OperationSpecs>> = {},
) {
  const datasource = soap('shop', { wsdl: shopWsdl, url: server.url, ...options, operations });
  open = await opened(datasource);
  return { datasource, ask: open.ask };
}

afterEach(async () => {
  await open?.close();
  await server?.close();
  open = undefined;
});

const price = request<{ code: string; cityId?: number; country?: string; on?: string }, unknown>('GetPrice');
const PRICE =
  '<code>00123</code><price currency="EUR">1.10</price><rebate xsi:nil="true"/><stock>9007199254740993</stock>';

async function priceFrom(
  answer: Answer,
  options: Partial<SoapOptions<OperationSpecs>> = {},
): Promise<unknown> {
  await serve(() => answer);
  const { ask, datasource } = await bound({ price }, options);
  return (await ask(datasource.price, { code: 'a' }))[0];
}

describe('where the strongest peer is wrong', () => {
  it.each(['00123', '1e5', '1.10', '0x10', 'true', ' 7 ', ''])(
    'the string %j comes as it is',
    async (text) => {
      const outcome = await priceFrom(priced(PRICE.replace('00123', text)));
      expect((outcome as { code: string }).code).toBe(text);
    },
  );

  it('an attribute of a text element, a nil, a decimal and a long are kept', async () => {
    expect(await priceFrom(priced(PRICE))).toEqual({
      code: '00123',
      price: { value: '1.10', currency: 'EUR' },
      rebate: null,
      stock: '9007199254740993',
    });
  });

  it.each([200, 500, 400])(
    "a fault with status %s is an error with the fault's code and no raw XML",
    async (status) => {
      const answer = fault(
        'soap:Server',
        'password is hunter2',
        '<ShopFault xmlns="urn:shop"><code>X1</code></ShopFault>',
      );
      const outcome = await priceFrom({ status, body: answer });
      expect(outcome).toMatchObject({
        code: 'DOWNSTREAM_SERVICE_ERROR',
        message: 'A service reported an error.',
        service: 'shop',
        shown: { fault: { code: 'Server' } },
      });
      expect(JSON.stringify((outcome as { shown: object }).shown)).not.toContain('X1');
      expect((outcome as { detail: string }).detail).toBe(
        'Fault Server: password is hunter2 {"ShopFault":{"code":"X1"}}',
      );
    },
  );

  it('multiRef is resolved, of one element as often as it is referred to', async () => {
    await serve(() =>
      envelope(
        '<n:ChainResponse xmlns:n="urn:shop:legacy" soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
          '<first href="#id0"/><again href="#id0"/></n:ChainResponse>' +
          '<multiRef id="id0" xsi:type="s:Node" xmlns:s="urn:shop"><name xsi:type="xsd:string">a</name><next href="#id1"/></multiRef>' +
          '<multiRef id="id1" xsi:type="s:Node" xmlns:s="urn:shop"><name xsi:type="xsd:string">b</name><next xsi:nil="true"/></multiRef>',
      ),
    );
    const { ask, datasource } = await bound({
      chain: request<{ start: string; count: number }, unknown>('Chain'),
    });
    const node = { name: 'a', next: { name: 'b', next: null } };
    expect(await ask(datasource.chain, { start: 'x', count: 2 })).toEqual([{ first: node, again: node }]);
    const [asked] = server.asked;
    expect(asked?.path).toBe('/legacy');
    expect(asked?.body).toContain(
      '<start xsi:type="xsd:string">x</start><count xsi:type="xsd:int">2</count>',
    );
  });

  it('SOAP 1.2 is sent as application/soap+xml with the action in it', async () => {
    await serve(() => ({
      body: envelope12(`<GetPriceResponse xmlns="urn:shop">${PRICE}</GetPriceResponse>`),
      headers: { 'content-type': 'application/soap+xml; charset=utf-8' },
    }));
    const { ask, datasource } = await bound({ price }, { port: 'Shop12' });
    expect((await ask(datasource.price, { code: 'a' }))[0]).toMatchObject({ code: '00123' });
    const [asked] = server.asked;
    expect(asked?.headers['content-type']).toBe(
      'application/soap+xml; charset=utf-8; action="urn:shop#GetPrice"',
    );
    expect(asked?.headers.soapaction).toBeUndefined();
    expect(asked?.body).toContain('http://www.w3.org/2003/05/soap-envelope');
    expect(asked?.path).toBe('/shop12?v=1');
  });

  it('reads and writes are told apart by the definition', async () => {
    await serve(() => ({ status: 503, body: '' }));
    const { ask, datasource } = await bound({
      read: price,
      write: change<{ id: string; name: string }, unknown>('Rename'),
    });
    expect([datasource.read.info.kind, datasource.write.info.kind]).toEqual(['read', 'write']);
    expect((await ask(datasource.write, { id: 'a', name: 'b' })).map(plain)).toEqual([
      'UPSTREAM_UNAVAILABLE',
    ]);
    expect(server.asked).toHaveLength(1);
  });
});

describe('real servers are odd', () => {
  const chain = request<{ start: string; count: number }, unknown>('Chain');
  const encodedChain = (name: string) =>
    envelope(
      `<n:anyName xmlns:n="urn:shop:legacy"><first xsi:type="s:Node" xmlns:s="urn:shop">${name}<next xsi:nil="true"/></first><again xsi:nil="true"/></n:anyName>`,
    );

  it('Perl: a string that is not ASCII comes as base64Binary', async () => {
    await serve(() => encodedChain('<name xsi:type="xsd:base64Binary">SsO8cmdlbg==</name>'));
    const { ask, datasource } = await bound({ chain });
    expect(await ask(datasource.chain, { start: 'a', count: 1 })).toEqual([
      { first: { name: 'Jürgen', next: null }, again: null },
    ]);
  });

  it('a string may come as another type of its own', async () => {
    await serve(() => encodedChain('<name xsi:type="xsd:int">00123</name>'));
    const { ask, datasource } = await bound({ chain });
    const [outcome] = await ask(datasource.chain, { start: 'a', count: 1 });
    expect(outcome).toMatchObject({ first: { next: null } });
  });

  it('PHP: the detail of a fault is a Map, whose members are not in the description', async () => {
    const php =
      '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" ' +
      'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:ns2="http://xml.apache.org/xml-soap" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
      '<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>no</faultstring><detail xsi:type="ns2:Map">' +
      '<item><key xsi:type="xsd:string">reason</key><value xsi:type="xsd:string">FULL</value></item>' +
      '<item><key xsi:type="xsd:string">left</key><value xsi:type="xsd:int">0</value></item></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>\n';
    const outcome = await priceFrom({ status: 500, body: php });
    expect(outcome).toMatchObject({ code: 'DOWNSTREAM_SERVICE_ERROR', shown: { fault: { code: 'Server' } } });
    expect((outcome as { detail: string }).detail).toContain('FULL');
  });
});

describe('a request', () => {
  it('is what the schema demands, whatever the order of the input', async () => {
    await serve(() => priced(PRICE));
    const { ask, datasource } = await bound({ price });
    await ask(datasource.price, { on: '2024-01-02T03:04:05Z', cityId: 7, code: '</code><x>' });
    const [asked] = server.asked;
    expect(asked?.method).toBe('POST');
    expect(asked?.path).toBe('/shop');
    expect(asked?.headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(asked?.headers.soapaction).toBe('"urn:shop#GetPrice"');
    expect(bodyOf(asked!).replace(/ns\d+:/g, '')).toBe(
      '<GetPrice><code>&lt;/code&gt;&lt;x&gt;</code><cityId>7</cityId><on>2024-01-02T03:04:05Z</on></GetPrice>',
    );
  });

  it.each<[object, string]>([
    [{ code: 'a', colour: 'red' }, 'GetPrice/colour'],
    [{ code: 'a', cityId: 1, country: 'PT' }, 'GetPrice/country'],
    [{ code: 'a', cityId: 2 ** 31 }, 'GetPrice/cityId'],
    [{ code: 'a', on: 'tomorrow' }, 'GetPrice/on'],
    [{ code: '\u0000' }, 'GetPrice/code'],
    [{}, 'GetPrice/code'],
  ])('of %j is BAD_USER_INPUT at %s, and not sent', async (input, place) => {
    await serve(() => priced(PRICE));
    const { ask, datasource } = await bound({ price });
    const [outcome] = await ask(datasource.price, input as never);
    expect(outcome).toMatchObject({ code: 'BAD_USER_INPUT', service: 'shop' });
    expect((outcome as Error).message).toContain(place);
    expect(server.asked).toHaveLength(0);
  });

  it("goes where the datasource says, with its path or the description's", async () => {
    await serve(() => priced(PRICE));
    const first = await bound({ price }, { url: `${server.url}/v2/shop.asmx?x=1` });
    await first.ask(first.datasource.price, { code: 'a' });
    expect(server.asked[0]?.path).toBe('/v2/shop.asmx?x=1');
  });

  it('carries credentials and headers, which the environment may give', async () => {
    await serve(() => priced(PRICE));
    const basic = await bound(
      { price },
      {
        auth: { username: 'anna', password: env('SHOP_PASSWORD', 'secret') },
        headers: { 'X-Tenant': env('SHOP_TENANT', 'acme') },
      },
    );
    await basic.ask(basic.datasource.price, { code: 'a' });
    await open?.close();
    const bearer = await bound({ price }, { auth: { token: env('SHOP_TOKEN', 'token') } });
    await bearer.ask(bearer.datasource.price, { code: 'a' });
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('anna:secret').toString('base64')}`,
      'x-tenant': 'acme',
    });
    expect(server.asked[1]?.headers.authorization).toBe('Bearer token');
  });

  it('has the header blocks that the description declares, of inputs or fixed values', async () => {
    await serve(() => envelope('<EchoResponse xmlns="urn:shop"><text>hi</text></EchoResponse>'));
    const { ask, datasource } = await bound({
      mine: request<{ text: string; session: object }, unknown>('Echo', {
        soapHeaders: { Session: 'session' },
      }),
      ours: request<{ text: string }, unknown>('Echo', {
        soapHeaders: { Session: { value: { token: 'fixed' } } },
      }),
    });
    expect(await ask(datasource.mine, { text: 'hi', session: { token: 'a&b' } })).toEqual([{ text: 'hi' }]);
    await ask(datasource.ours, { text: 'hi' });
    const headers = server.asked.map(({ body }) =>
      /<soap:Header>(.*)<\/soap:Header>/.exec(body)?.[1]?.replace(/ns\d+:/g, ''),
    );
    expect(headers).toEqual([
      '<Session><token>a&amp;b</token></Session>',
      '<Session><token>fixed</token></Session>',
    ]);
    expect(bodyOf(server.asked[0]!)).not.toContain('token');
  });

  it('is answered with header blocks where the operation asks for them', async () => {
    const session = '<Session xmlns="urn:shop"><token>next</token></Session>';
    await serve(() => envelope('<EchoResponse xmlns="urn:shop"><text>hi</text></EchoResponse>', session));
    const { ask, datasource } = await bound({
      plain: request<{ text: string }, unknown>('Echo', { answer: 'text' }),
      whole: request<{ text: string }, unknown>('Echo', { answer: 'text', withHeaders: true }),
    });
    expect(await ask(datasource.plain, { text: 'hi' })).toEqual(['hi']);
    expect(await ask(datasource.whole, { text: 'hi' })).toEqual([
      { body: 'hi', headers: { Session: { token: 'next' } } },
    ]);
  });

  it('and its answer keep the order of elements that alternate, where the operation says so', async () => {
    const choice =
      '<xsd:choice minOccurs="0" maxOccurs="unbounded"><xsd:element name="a" type="xsd:int"/><xsd:element name="b" type="xsd:int"/></xsd:choice>';
    const folder = await mkdtemp(join(tmpdir(), 'tributary-order-'));
    const wsdl = join(folder, 'shop.wsdl');
    const text = await readFile(shopWsdl, 'utf8');
    await writeFile(
      wsdl,
      text.replace(
        /(<xsd:element name="GetItems(?:Response)?">\s*<xsd:complexType>)<xsd:sequence>.*?<\/xsd:sequence>/g,
        `$1${choice}`,
      ),
    );
    await serve(() =>
      envelope('<GetItemsResponse xmlns="urn:shop"><b>1</b><a>2</a><b>3</b></GetItemsResponse>'),
    );
    const operations = {
      inOrder: request<object, unknown>('GetItems', { keepOrder: true }),
      byName: request<object, unknown>('GetItems'),
    };
    const { ask, datasource } = await bound(operations, { wsdl });
    const content = [{ a: 1 }, { b: 2 }, { a: 3 }];
    expect(await ask(datasource.inOrder, { content })).toEqual([{ content: [{ b: 1 }, { a: 2 }, { b: 3 }] }]);
    expect(bodyOf(server.asked[0] as Asked)).toMatch(/<(\w+):a>1<.*:b>2<.*:a>3</);
    expect(await ask(datasource.byName, { a: [1, 3], b: [2] })).toEqual([{ a: [2], b: [1, 3] }]);
    await rm(folder, { recursive: true });
  });

  it('without an answer is over when it has been taken', async () => {
    await serve(() => ({ status: 202, body: '' }));
    const { ask, datasource } = await bound({ notify: change<{ text: string }, null>('Notify') });
    expect(await ask(datasource.notify, { text: 'x' })).toEqual([null]);
  });
});

describe('a fault', () => {
  const detail = (code: string) =>
    `<ShopFault xmlns="urn:shop"><code>${code}</code><limit>10.50</limit></ShopFault>`;
  async function faulted(
    body: string,
    onFault: SoapOptions<OperationSpecs>['onFault'],
    datasourceFaults = {},
  ) {
    await serve(() => ({ status: 500, body }));
    const spec = request<{ code: string }, unknown>('GetPrice', onFault === undefined ? {} : { onFault });
    const { ask, datasource } = await bound({ price: spec }, { onFault: datasourceFaults });
    return (await ask(datasource.price, { code: 'a' }))[0];
  }

  it('means what its detail says, before what its code says', async () => {
    const outcome = await faulted(fault('soap:Client', 'x', detail('A')), {
      ShopFault: 'CONFLICT',
      Client: 'BAD_USER_INPUT',
    });
    expect(outcome).toMatchObject({ code: 'CONFLICT' });
  });

  it('may be told apart by a member of its detail, and show what is declared', async () => {
    const onFault = {
      ShopFault: {
        member: 'code',
        means: {
          GONE: null,
          LIMIT: { code: 'BAD_USER_INPUT', message: 'Too expensive.', show: ['limit'] },
        },
        otherwise: 'FORBIDDEN',
      },
    } as const;
    expect(await faulted(fault('soap:Client', 'x', detail('GONE')), onFault)).toBeNull();
    await open?.close();
    await server.close();
    expect(await faulted(fault('soap:Client', 'x', detail('LIMIT')), onFault)).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'Too expensive.',
      shown: { fault: { code: 'Client', detail: { limit: '10.50' } } },
    });
    await open?.close();
    await server.close();
    expect(await faulted(fault('soap:Client', 'x', detail('OTHER')), onFault)).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('means what its code says, the datasource asked last', async () => {
    expect(
      await faulted(fault('soap:Client.Authentication', 'x'), undefined, { Client: 'FORBIDDEN' }),
    ).toMatchObject({ code: 'FORBIDDEN', shown: { fault: { code: 'Client.Authentication' } } });
  });

  it('is known by an element that the description does not declare', async () => {
    expect(
      await faulted(fault('soap:Server', 'x', '<o:Other xmlns:o="urn:o"><a/></o:Other>'), {
        Other: 'NOT_FOUND',
      }),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is known by its text, where a service puts its code there', async () => {
    expect(
      await faulted(fault('soap:Server', 'MS_UNAVAILABLE'), {
        MS_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
        Server: 'CONFLICT',
      }),
    ).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', shown: { fault: { code: 'Server' } } });
  });

  it('of SOAP 1.2 is known by its subcode', async () => {
    await serve(() => ({
      status: 500,
      body: envelope12(
        '<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value xmlns:s="urn:shop">s:Expired</env:Value></env:Subcode></env:Code>' +
          '<env:Reason><env:Text xml:lang="en">too late</env:Text></env:Reason></env:Fault>',
      ),
    }));
    const spec = request<{ code: string }, unknown>('GetPrice', {
      port: 'Shop12',
      onFault: { Expired: 'CONFLICT' },
    });
    const { ask, datasource } = await bound({ price: spec });
    expect((await ask(datasource.price, { code: 'a' }))[0]).toMatchObject({
      code: 'CONFLICT',
      shown: { fault: { code: 'Sender' } },
    });
  });
});

describe('an answer that is none', () => {
  it.each<[string, Answer, string]>([
    ['a page', '<html><body>Hello</body></html>', 'UPSTREAM_INVALID_RESPONSE'],
    ['JSON', '{"a":1}', 'UPSTREAM_INVALID_RESPONSE'],
    ['nothing', '', 'UPSTREAM_INVALID_RESPONSE'],
    ['an envelope that is cut', priced(PRICE).slice(0, -30), 'UPSTREAM_INVALID_RESPONSE'],
    ['tags that do not match', priced(PRICE).replace('</stock>', '</stok>'), 'UPSTREAM_INVALID_RESPONSE'],
    ['another element', envelope('<Other xmlns="urn:shop"/>'), 'UPSTREAM_INVALID_RESPONSE'],
    ['an empty body', envelope(''), 'UPSTREAM_INVALID_RESPONSE'],
    ['a long that is none', priced(PRICE.replace('9007199254740993', '1.5')), 'UPSTREAM_INVALID_RESPONSE'],
    ['a missing element', priced(PRICE.replace(/<stock>.*<\/stock>/, '')), 'UPSTREAM_INVALID_RESPONSE'],
    [
      'a DOCTYPE',
      priced(PRICE).replace('?>', '?><!DOCTYPE a [<!ENTITY x "y">]>'),
      'UPSTREAM_INVALID_RESPONSE',
    ],
    ['a page with status 500', { status: 500, body: '<html>stack trace</html>' }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['an answer with status 500', { status: 500, body: priced(PRICE) }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['plain text with status 404', { status: 404, body: 'Not Found' }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['status 429', { status: 429, headers: { 'retry-after': '3600' } }, 'UPSTREAM_RATE_LIMITED'],
    ['status 503', { status: 503, headers: { 'retry-after': '3600' } }, 'UPSTREAM_UNAVAILABLE'],
  ])('%s is %s', async (_, answer, code) => {
    expect(plain(await priceFrom(answer))).toBe(code);
  });

  it('because it is too large is UPSTREAM_RESPONSE_TOO_LARGE', async () => {
    const answer = priced(PRICE.replace('00123', 'x'.repeat(3_000)));
    expect(plain(await priceFrom(answer, { maxResponseBytes: 2_000 }))).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
  });

  it('may lack what its schema requires where the datasource says so', async () => {
    const answer = priced('<code>a</code>');
    expect(await priceFrom(answer, { requireAll: false })).toEqual({ code: 'a' });
  });
});

describe('encodings', () => {
  const swedish = priced(PRICE.replace('00123', 'Malmö €'));
  it.each<[string, Buffer, string]>([
    ['UTF-8 by default', Buffer.from(swedish), 'text/xml'],
    [
      'windows-1252 by header',
      Buffer.from(swedish.replace('€', '\x80').slice(38), 'latin1'),
      'text/xml; charset=windows-1252',
    ],
    [
      'UTF-16 with a mark',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(swedish.slice(38), 'utf16le')]),
      'text/xml',
    ],
  ])('%s', async (_, body, type) => {
    expect(await priceFrom({ body, headers: { 'content-type': type } })).toMatchObject({ code: 'Malmö €' });
  });

  it('ISO-8859-1 by declaration; bytes that are not of the encoding are refused', async () => {
    const latin = Buffer.from(priced(PRICE.replace('00123', 'é')).replace('UTF-8', 'ISO-8859-1'), 'latin1');
    expect(await priceFrom(latin)).toMatchObject({ code: 'é' });
    await open?.close();
    await server.close();
    const wrong = Buffer.from(priced(PRICE.replace('00123', 'é')), 'latin1');
    expect(plain(await priceFrom(wrong))).toBe('UPSTREAM_INVALID_RESPONSE');
  });
});

describe('many inputs', () => {
  it('are one request where the service has a bulk operation', async () => {
    await serve(({ body }) => {
      const ids = [...body.matchAll(/id>([^<]+)</g)].map(([, id]) => id).reverse();
      const items = ids.map(
        (id) =>
          `<item><id>${id}</id><owner>o</owner><name>${id}!</name><code>1</code><amount>1</amount><note xsi:nil="true"/></item>`,
      );
      return envelope(`<GetItemsResponse xmlns="urn:shop">${items.join('')}</GetItemsResponse>`);
    });
    const items = request<{ id: readonly string[] }, { item: { id: string; name: string }[] }>('GetItems');
    const { ask, datasource } = await bound({
      item: merge(items, { list: 'id', key: 'itemId', match: 'id', answer: 'item' }),
    });
    const outcomes = await ask(datasource.item, { itemId: 'a' }, { itemId: 'b' });
    expect(outcomes).toMatchObject([{ name: 'a!' }, { name: 'b!' }]);
    expect(server.asked).toHaveLength(1);
  });

  it('are requests side by side where it has none, as many at a time as the datasource allows', async () => {
    let running = 0;
    let most = 0;
    await serve(() => {
      most = Math.max(most, ++running);
      setImmediate(() => running--);
      return priced(PRICE);
    });
    const { ask, datasource } = await bound({ price }, { concurrency: 2 });
    const outcomes = await ask(datasource.price, ...['a', 'b', 'c', 'd'].map((code) => ({ code })));
    expect(outcomes).toHaveLength(4);
    expect(outcomes.every((outcome) => !(outcome instanceof Error))).toBe(true);
    expect(server.asked).toHaveLength(4);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('give what stands at a path, null where it is missing', async () => {
    await serve(() => envelope('<FindByOwnerResponse xmlns="urn:shop"/>'));
    const { ask, datasource } = await bound({
      items: request<{ owner: string }, unknown>('FindByOwner', { answer: 'item' }),
      deep: request<{ owner: string }, unknown>('FindByOwner', { answer: 'a.b.c' }),
    });
    expect(await ask(datasource.items, { owner: 'a' })).toEqual([[]]);
    expect(await ask(datasource.deep, { owner: 'a' })).toEqual([null]);
  });
});

describe('a definition that cannot work stops the start', () => {
  it.each<[string, object, RegExp]>([
    ['no such file', { wsdl: 'nowhere/shop.wsdl' }, /nowhere\/shop\.wsdl cannot be read/],
    ['no WSDL', { wsdl: new URL('../../../package.json', import.meta.url) }, /package\.json/],
    [
      'no such operation',
      { operations: { a: request('GetPrise') } },
      /shop\.a[\s\S]*shop\.wsdl[\s\S]*GetPrise.*GetPrice/,
    ],
    ['no such port', { port: 'Shop13', operations: { a: request('GetPrice') } }, /shop\.a[\s\S]*shop\.wsdl/],
    [
      'an undeclared header',
      { operations: { a: request('GetPrice', { soapHeaders: { Session: { value: {} } } }) } },
      /GetPrice declares no header Session \(declared: none\)/,
    ],
    ['a bad url', { url: 'shop' }, /`url` must be an address/],
    ['a bad header', { headers: { Host: 'x' } }, /`Host` is set by the connection/],
  ])('%s', async (_, options, message) => {
    await serve(() => '');
    const shop = soap('shop', { wsdl: shopWsdl, url: server.url, operations: { price }, ...options });
    await expect(openEngine([shop], { variables: {} })).rejects.toThrow(message);
  });
});

describe('the readiness check', () => {
  it.each([
    [200, undefined],
    [404, undefined],
    [500, 'UPSTREAM_UNAVAILABLE'],
  ])('takes status %s for %s', async (status, code) => {
    await serve(() => ({ status }));
    await bound({ price });
    const error = await open?.ping().catch((thrown: unknown) => thrown);
    expect((error as { code?: string } | undefined)?.code).toBe(code);
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /health']);
  });
});
