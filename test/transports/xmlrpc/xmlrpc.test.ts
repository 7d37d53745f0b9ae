import { afterEach, describe, expect, it } from 'vitest';
import { env } from '../../../src/config/setting.ts';
import { base64, dateTime, i8, int, optional, string, struct } from '../../../src/formats/xmlrpc/types.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { method, procedure } from '../../../src/transports/xmlrpc/builders.ts';
import { type XmlRpcOptions, xmlrpc } from '../../../src/transports/xmlrpc/xmlrpc.ts';
import {
  type Answer,
  type Asked,
  arrayOf,
  fault,
  type OpenedDatasource,
  opened,
  plain,
  type RawServer,
  rawServer,
  response,
} from './servers.ts';

let server: RawServer;
let open: OpenedDatasource | undefined;

async function serve(answer: (asked: Asked, count: number) => Answer): Promise<void> {
  server = await rawServer(answer);
}

/** A datasource at the server that is running, with everything else as given. */
async function bound<const Specs extends OperationSpecs>(
  operations: Specs,
  options: Partial<XmlRpcOptions<OperationSpecs>> = {},
) {
  const datasource = xmlrpc('erp', { url: server.url, ...options, operations });
  open = await opened(datasource);
  return { datasource, ask: open.ask };
}

afterEach(async () => {
  await open?.close();
  await server.close();
  open = undefined;
});

const anything = { get: method<object, unknown>('get') };

async function answerTo(answer: Answer, spec = anything.get): Promise<unknown> {
  await serve(() => answer);
  const { ask, datasource } = await bound({ get: spec });
  return plain((await ask(datasource.get, {}))[0]);
}

describe('a call', () => {
  it('is a POST of text/xml to the path of the address', async () => {
    await serve(() => response('<int>1</int>'));
    const { ask, datasource } = await bound(
      { add: method<{ a: number; b: string }, number>('math.add', { params: ['a', int('b')] }) },
      { url: `${server.url}/erp/xmlrpc.php?for=acme` },
    );
    expect(await ask(datasource.add, { a: 1, b: '2' })).toEqual([1]);
    const [asked] = server.asked;
    expect(asked?.method).toBe('POST');
    expect(asked?.path).toBe('/erp/xmlrpc.php?for=acme');
    expect(asked?.headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(Number(asked?.headers['content-length'])).toBe(Buffer.byteLength(asked?.body ?? ''));
    expect(asked?.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>math.add</methodName><params>' +
        '<param><value><int>1</int></value></param><param><value><int>2</int></value></param></params></methodCall>',
    );
  });

  it('goes to /RPC2 where the address has no path', async () => {
    expect(await answerTo(response('x'))).toBe('x');
    expect(server.asked[0]?.path).toBe('/RPC2');
  });

  it('holds text that is not ASCII as UTF-8', async () => {
    await serve(() => response('<string>ü</string>'));
    const { ask, datasource } = await bound({
      echo: method<{ x: string }, string>('echo', { params: ['x'] }),
    });
    expect(await ask(datasource.echo, { x: 'Grüße 🚕' })).toEqual(['ü']);
    expect(server.asked[0]?.body).toContain('<string>Grüße 🚕</string>');
  });

  it('escapes everything that a caller may send', async () => {
    await serve(() => response('x'));
    const { ask, datasource } = await bound({
      echo: method<{ x: unknown }, string>('echo', { params: ['x'] }),
    });
    const hostile = '</string></value></param><param><value>1</value>]]>&amp;<!--';
    await ask(datasource.echo, { x: { [hostile]: hostile } });
    expect(server.asked[0]?.body).not.toContain('</param><param>');
    expect(server.asked[0]?.body.match(/<param>/g)).toHaveLength(1);
  });

  it('with an input that cannot be written fails as BAD_USER_INPUT naming the place, and is not sent', async () => {
    await serve(() => response('x'));
    const { ask, datasource } = await bound({
      find: method<{ filter: object }, string>('find', { params: [struct('filter', { since: dateTime() })] }),
    });
    const [outcome] = await ask(datasource.find, { filter: { since: 'soon' } });
    expect(outcome).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: "The value is no 'dateTime' (at filter/since).",
      service: 'erp',
    });
    expect(server.asked).toHaveLength(0);
  });
});

describe('credentials', () => {
  it('go as basic authentication, from the options or the address', async () => {
    await serve(() => response('x'));
    const first = await bound(anything, {
      auth: { username: 'anna', password: env('ERP_PASSWORD', 'pass:word') },
    });
    await first.ask(first.datasource.get, {});
    await open?.close();
    const second = await bound(anything, { url: server.url.replace('//', '//anna:pass%3Aword@') });
    await second.ask(second.datasource.get, {});
    const expected = `Basic ${Buffer.from('anna:pass:word').toString('base64')}`;
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([expected, expected]);
  });

  it('go as a bearer token or another header, which the environment may give', async () => {
    await serve(() => response('x'));
    const { ask, datasource } = await bound(anything, {
      auth: { token: env('ERP_TOKEN', 'secret') },
      headers: { 'X-Api-Key': env('ERP_KEY', 'key') },
    });
    await ask(datasource.get, {});
    expect(server.asked[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'key' });
  });

  it('go as the first arguments of every call, also inside a multicall', async () => {
    await serve(() => response(arrayOf(arrayOf('a'), arrayOf('b'))));
    const { ask, datasource } = await bound(
      { read: method<{ id: number }, string>('read', { params: ['id'] }) },
      { firstArgument: [env('ERP_TOKEN', 'secret'), 2] },
    );
    expect(await ask(datasource.read, { id: 1 }, { id: 3 })).toEqual(['a', 'b']);
    expect(
      server.asked[0]?.body.match(/<value><string>secret<\/string><\/value><value><int>2<\/int>/g),
    ).toHaveLength(2);
  });

  it('that the environment does not give stop the start, all named at once', async () => {
    await serve(() => '');
    const erp = xmlrpc('erp', {
      url: env('ERP_URL'),
      auth: { username: 'a', password: env('ERP_PASSWORD') },
      firstArgument: env('ERP_TOKEN'),
      operations: anything,
    });
    const start = openEngine([erp], { variables: {} });
    await expect(start).rejects.toThrow(/ERP_URL[\s\S]*ERP_PASSWORD[\s\S]*ERP_TOKEN/);
  });

  it('may be cookies: those that the server sets come back', async () => {
    await serve((_, count) => ({
      body: response('x'),
      headers: {
        'set-cookie': count === 1 ? ['session=s1; Path=/; HttpOnly', 'theme=dark'] : ['theme=; Max-Age=0'],
      },
    }));
    const { ask, datasource } = await bound(anything, { cookies: true });
    for (let count = 0; count < 3; count++) await ask(datasource.get, {});
    expect(server.asked.map(({ headers }) => headers.cookie)).toEqual([
      undefined,
      'session=s1; theme=dark',
      'session=s1',
    ]);
  });

  it('that are cookies are not kept unless asked for', async () => {
    await serve(() => ({ body: response('x'), headers: { 'set-cookie': ['session=s1'] } }));
    const { ask, datasource } = await bound(anything);
    for (let count = 0; count < 2; count++) await ask(datasource.get, {});
    expect(server.asked[1]?.headers.cookie).toBeUndefined();
  });
});

describe('a fault', () => {
  const faulty = (onFault?: Parameters<typeof method<object, unknown>>[1]) =>
    method<object, unknown>('get', onFault);

  it('is DOWNSTREAM_SERVICE_ERROR with its code; its text is for the log alone', async () => {
    await serve(() => fault('<int>42</int>', 'password is hunter2'));
    const { ask, datasource } = await bound(anything);
    const [outcome] = (await ask(datasource.get, {})) as Error[];
    expect(outcome).toMatchObject({
      code: 'DOWNSTREAM_SERVICE_ERROR',
      message: 'A service reported an error.',
      service: 'erp',
      shown: { faultCode: 42 },
      detail: 'Fault 42: password is hunter2',
    });
  });

  it('means what the operation says, then what the datasource says', async () => {
    await serve((asked) => fault(/<methodName>(\d+)/.exec(asked.body)![1]!, 'no such thing'));
    const { ask, datasource } = await bound(
      {
        none: method<object, null>('404', { onFault: { 404: null } }),
        conflict: method<object, string>('10', {
          onFault: { 10: { code: 'CONFLICT', message: 'It is taken.' } },
        }),
        told: method<object, string>('11', { onFault: { 11: { code: 'BAD_USER_INPUT', showText: true } } }),
        missing: method<object, string>('12'),
      },
      { onFault: { 10: 'FORBIDDEN', 12: 'NOT_FOUND' } },
    );
    expect(await ask(datasource.none, {})).toEqual([null]);
    expect((await ask(datasource.conflict, {}))[0]).toMatchObject({
      code: 'CONFLICT',
      message: 'It is taken.',
    });
    expect((await ask(datasource.told, {}))[0]).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'no such thing',
    });
    expect((await ask(datasource.missing, {}))[0]).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is one with any HTTP status, and its code may be a word', async () => {
    expect(
      await answerTo(
        { status: 500, body: fault('<string>Client.Auth</string>', 'x') },
        faulty({ onFault: { 'Client.Auth': 'FORBIDDEN' } }),
      ),
    ).toBe('FORBIDDEN');
  });

  it('with a code that is a sentence shows no code', async () => {
    await serve(() => fault('SELECT * FROM secrets', ''));
    const { ask, datasource } = await bound(anything);
    const [outcome] = await ask(datasource.get, {});
    expect((outcome as { shown?: object }).shown).toBeUndefined();
  });
});

describe('an answer that is none', () => {
  it.each<[string, Answer, string]>([
    ['a page', '<html><body>Hello</body></html>', 'UPSTREAM_INVALID_RESPONSE'],
    ['text', 'OK', 'UPSTREAM_INVALID_RESPONSE'],
    ['nothing', '', 'UPSTREAM_INVALID_RESPONSE'],
    ['XML that is cut', response('<string>abc</string>').slice(0, 90), 'UPSTREAM_INVALID_RESPONSE'],
    ['a DOCTYPE', `<!DOCTYPE a>${response('x').slice(22)}`, 'UPSTREAM_INVALID_RESPONSE'],
    ['a page with status 500', { status: 500, body: '<html/>' }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['plain text with status 404', { status: 404, body: 'Not Found' }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['status 401', { status: 401, body: '' }, 'DOWNSTREAM_SERVICE_ERROR'],
    ['status 429', { status: 429, headers: { 'retry-after': '3600' } }, 'UPSTREAM_RATE_LIMITED'],
    ['status 503', { status: 503, headers: { 'retry-after': '3600' } }, 'UPSTREAM_UNAVAILABLE'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      'UPSTREAM_INVALID_RESPONSE',
    ],
  ])('%s is %s', async (_, answer, code) => {
    expect(await answerTo(answer)).toBe(code);
  });

  it('because it is too large is UPSTREAM_RESPONSE_TOO_LARGE', async () => {
    await serve(({ body }) =>
      response(body.includes('bytes') ? 'x'.repeat(3_000) : arrayOf(...'x'.repeat(30))),
    );
    const { ask, datasource } = await bound(
      { bytes: method<object, string>('bytes'), values: method<object, string>('values') },
      { maxResponseBytes: 2_000, maxValues: 20 },
    );
    expect(plain((await ask(datasource.bytes, {}))[0])).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
    expect(plain((await ask(datasource.values, {}))[0])).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
  });
});

describe('real servers are odd', () => {
  it('PHP: an id comes as a string, an empty struct as an empty array, empty lines first', async () => {
    const php =
      '\n\n<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>\n <params>\n  <param>\n   <value>\n    <struct>\n' +
      '     <member>\n      <name>post_id</name>\n      <value><string>1042</string></value>\n     </member>\n' +
      '     <member>\n      <name>custom</name>\n      <value><array><data>\n</data></array></value>\n     </member>\n' +
      '    </struct>\n   </value>\n  </param>\n </params>\n</methodResponse>\n';
    const spec = method<object, unknown>('wp.getPost', {
      result: struct({ post_id: int(), custom: struct() }),
    });
    expect(await answerTo(php, spec)).toEqual({ post_id: 1042, custom: {} });
  });

  it('Perl: text that is not ASCII comes as base64', async () => {
    const perl =
      '<?xml version="1.0" encoding="UTF-8"?><methodResponse><params><param><value><struct><member><name>name</name>' +
      '<value><base64>SsO8cmdlbg==\n</base64></value></member><member><name>city</name><value><string>Berlin</string></value></member>' +
      '</struct></value></param></params></methodResponse>';
    const spec = method<object, unknown>('user.get', { result: struct({ name: string(), city: string() }) });
    expect(await answerTo(perl, spec)).toEqual({ name: 'Jürgen', city: 'Berlin' });
  });

  it('an unknown method answers an empty struct with status 200: an error where a result is declared', async () => {
    const empty =
      '<?xml version="1.0"?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n</struct></value>\n</param>\n</params>\n</methodResponse>\n';
    expect(await answerTo(empty, method<object, unknown>('nope', { result: struct({ id: i8() }) }))).toBe(
      'UPSTREAM_INVALID_RESPONSE',
    );
    await open?.close();
    await server.close();
    expect(await answerTo(empty, method<object, unknown>('nope', { result: int() }))).toBe(
      'UPSTREAM_INVALID_RESPONSE',
    );
  });

  it('Java: 64-bit integers, nil and dates of Apache', async () => {
    const java =
      '<?xml version="1.0" encoding="UTF-8"?><methodResponse xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions">' +
      '<params><param><value><struct><member><name>id</name><value><ex:i8>9007199254740993</ex:i8></value></member>' +
      '<member><name>parent</name><value><ex:nil/></value></member>' +
      '<member><name>rate</name><value><ex:bigdecimal>1.10</ex:bigdecimal></value></member>' +
      '<member><name>at</name><value><ex:dateTime>2024-05-31T12:00:00.000+0200</ex:dateTime></value></member>' +
      '</struct></value></param></params></methodResponse>';
    expect(await answerTo(java)).toEqual({
      id: '9007199254740993',
      parent: null,
      rate: '1.10',
      at: '2024-05-31T12:00:00+02:00',
    });
  });

  it('a declared encoding that is not UTF-8 is read', async () => {
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><methodResponse><params><param><value>Zürich</value></param></params></methodResponse>',
      'latin1',
    );
    expect(await answerTo(latin)).toBe('Zürich');
  });

  it('bytes come back as base64, dates in the zone of the server', async () => {
    await serve(() =>
      response(arrayOf('<base64>AAEC</base64>', '<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>')),
    );
    const { ask, datasource } = await bound(
      {
        get: method<{ at: string; data?: string }, unknown>('get', {
          params: [dateTime('at'), optional(base64('data'))],
        }),
      },
      { timeZone: '+02:00' },
    );
    expect(await ask(datasource.get, { at: '2024-01-01T00:00:00Z' })).toEqual([
      ['AAEC', '1998-07-17T14:08:55+02:00'],
    ]);
    expect(server.asked[0]?.body).toContain('<dateTime.iso8601>20240101T02:00:00</dateTime.iso8601>');
  });
});

describe('a definition that cannot work stops the start', () => {
  it.each<[string, object, string]>([
    ['url', { url: 'not an address' }, '`url` must be an address'],
    ['url', { url: 'ftp://x/' }, 'must begin with http'],
    ['maxInputs', { maxInputs: 0 }, '`maxInputs` must be a whole number'],
    ['timeZone', { timeZone: 'Europe/Berlin' }, '`timeZone` must be `Z` or an offset'],
    ['headers', { headers: { 'Content-Length': '1' } }, 'is set by the connection'],
    ['operations', { operations: { bad: method('no spaces') } }, "'no spaces' is no method name"],
  ])('%s', async (_, options, message) => {
    await serve(() => '');
    const erp = xmlrpc('erp', { url: server.url, operations: anything, ...options });
    await expect(openEngine([erp], { variables: {} })).rejects.toThrow(message);
  });
});

describe('the readiness check', () => {
  it.each([
    [200, undefined],
    [404, undefined],
    [501, undefined],
    [500, 'UPSTREAM_UNAVAILABLE'],
    [503, 'UPSTREAM_UNAVAILABLE'],
  ])('takes status %s for %s', async (status, code) => {
    await serve(() => ({ status }));
    await bound(anything);
    const error = await open?.ping().catch((thrown: unknown) => thrown);
    expect((error as { code?: string } | undefined)?.code).toBe(code);
    expect(server.asked.map(({ method: verb, path }) => `${verb} ${path}`)).toEqual(['GET /health']);
  });
});

describe('a write', () => {
  it('is sent once, whatever comes of it', async () => {
    await serve(() => ({ status: 503, body: '' }));
    const { ask, datasource } = await bound({
      pay: procedure<{ id: number }, boolean>('pay', { params: ['id'] }),
    });
    expect((await ask(datasource.pay, { id: 1 }, { id: 2 })).map(plain)).toEqual([
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
    ]);
    expect(server.asked).toHaveLength(2);
  });
});
