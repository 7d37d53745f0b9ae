import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { afterEach, describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/config/problems.ts';
import { readServerConfig } from '../../src/config/server-config.ts';
import { env } from '../../src/config/setting.ts';
import * as rpc from '../../src/formats/xmlrpc/types.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import type { Datasource } from '../../src/operations/datasource.ts';
import { get, post } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { csv } from '../../src/transports/rest/slots.ts';
import { change, request, soap } from '../../src/transports/soap/index.ts';
import * as sql from '../../src/transports/sql/index.ts';
import { method, procedure, xmlrpc } from '../../src/transports/xmlrpc/index.ts';
import { hostileTexts } from '../contracts/world.ts';
import { type DatabaseKind, openTestDatabase } from '../support/databases.ts';
import { contextOf } from '../support/operations.ts';
import { type Fault, type FaultServer, json, openFaultServer } from './harness/fault-server.ts';
import { codeAs, openAsker, openFaultyRest, timed } from './harness/faulty.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const kept = <T extends { close(): Promise<void> }>(opened: T): T => {
  open.push(opened);
  return opened;
};
const xml = (body: string, status = 200): Fault => ({ do: 'answer', body, type: 'text/xml', status });

describe('values on their way into SQL', () => {
  describe.each(['sqlite', 'postgres', 'mariadb'] as const)('%s', (kind: DatabaseKind) => {
    it('I01 I02 I03 are bound, chosen from a list, and never read as SQL', async (test) => {
      const database = await openTestDatabase(kind);
      if ('missing' in database) return test.skip(database.missing);
      open.push({ close: () => database.drop() });
      await database.run('CREATE TABLE notes (id VARCHAR(10) PRIMARY KEY, body VARCHAR(190) NOT NULL)');
      await database.run("INSERT INTO notes VALUES ('a', 'first'), ('b', 'second'), ('c', '100% sure')");
      const note = sql.columns({ id: 'id', body: 'body' });
      const source = sql.sql('notes', {
        url: database.url,
        operations: {
          byBody: sql.one<{ body: string }, { id: string; body: string }>`
            SELECT ${note} FROM notes WHERE body IN (${sql.keys('body')})`,
          rename: sql.execute<{ id: string; body: string }>`
            UPDATE notes SET body = ${sql.input('body')} WHERE id = ${sql.input('id')}`,
          like: sql.list<{ pattern: string }, { id: string; body: string }>`
            SELECT ${note} FROM notes WHERE body LIKE ${sql.input('pattern', 'text')} ORDER BY id`,
          sorted: sql.list<{ by: 'BODY' | 'ID' }, { id: string; body: string }>`
            SELECT ${note} FROM notes ORDER BY ${sql.oneOf('by', { BODY: 'body', ID: 'id DESC' })}`,
        },
      });
      const { ask, code } = kept(await openAsker([source]));
      const attacks = [
        "' OR 1=1--",
        "'; DROP TABLE notes; --",
        '\\',
        "\\' OR 1=1 #",
        '0x27',
        'é🚕',
        '$1',
        '?',
        ':a',
        '%',
      ];
      for (const body of attacks) {
        expect(await ask(source.byBody, { body })).toBeNull();
        expect(await ask(source.rename, { id: 'a', body })).toEqual({ changed: 1 });
        expect(await ask(source.byBody, { body })).toEqual({ id: 'a', body });
        expect(await ask(source.rename, { id: body, body: 'x' })).toEqual({ changed: 0 });
      }
      expect(await code(source.byBody, { body: 'nul\u0000' })).toMatch(/^(BAD_USER_INPUT|OK)$/);
      for (const by of ['id; DROP TABLE notes', 'body', '(SELECT 1)', '__proto__', 'constructor'])
        expect(await code(source.sorted, { by: by as 'ID' })).toBe('BAD_USER_INPUT');
      expect(await ask(source.sorted, { by: 'ID' })).toMatchObject([{ id: 'c' }, { id: 'b' }, { id: 'a' }]);
      const [outcome, tookMs] = await timed(() => code(source.like, { pattern: `${'%a'.repeat(90)}!` }));
      expect(outcome).toBe('OK');
      expect(tookMs).toBeLessThan(2_500);
      expect(await database.run('SELECT COUNT(*) AS n FROM notes').then((rows) => Number(rows[0]?.n))).toBe(
        3,
      );
    });
  });
});

describe('values on their way into an address or a header', () => {
  const operations = {
    path: get<{ id: string }, unknown>('/items/{id}'),
    query: get<{ q: string }, unknown>('/search', { query: { q: 'q' } }),
    list: get<{ ids: readonly string[] }, unknown>('/search', { query: { ids: csv('ids') } }),
    header: get<{ tenant: string }, unknown>('/header', { headers: { 'X-Tenant': 'tenant' } }),
  };

  it('I05 lead nowhere but to the origin of the definition', async () => {
    const inside = kept(await openFaultServer());
    const { server, source, ask } = kept(await openFaultyRest(operations));
    const targets = [
      ...[
        '//169.254.169.254/latest',
        'http://[::1]/',
        '0x7f.1',
        '..',
        '../../admin',
        '%2e%2e/admin',
        '\\\\evil\\x',
      ],
      ...[
        `${inside.url}/steal`,
        `@${new URL(inside.url).host}/`,
        '?x',
        '#x',
        '/',
        '',
        '.',
        'a/../../b',
        'a\u0000b',
      ],
    ];
    for (const id of targets) {
      const outcome = await ask(source.path, { id });
      expect(['OK', 'BAD_USER_INPUT']).toContain(codeAs(outcome));
      await ask(source.query, { q: id });
    }
    expect(inside.calls()).toBe(0);
    for (const { url } of server.received()) expect(url).toMatch(/^\/(items\/[^/?#]+$|search\?q=[^&]*$)/);
    server.behave('*', { do: 'redirect', to: `${inside.url}/metadata` });
    await ask(source.path, { id: 'x' });
    expect(inside.calls()).toBe(0);
  });

  it('I06 end no header and begin none; names that frame the message are refused at start-up', async () => {
    const { server, source, code } = kept(await openFaultyRest(operations));
    for (const tenant of ['a\r\nX-Admin: 1', 'a\nb', 'a\u0000b', 'snow ☃', '\u007f'])
      expect(await code(source.header, { tenant })).toBe('BAD_USER_INPUT');
    expect(server.calls()).toBe(0);
    expect(await code(source.header, { tenant: 'é' })).toBe('OK');
    for (const name of [
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Upgrade',
      'a b',
      'x\r\ny',
    ]) {
      const bad = rest('bad', {
        baseUrl: server.url,
        operations: { a: get<{ t: string }, unknown>('/', { headers: { [name]: 't' } as never }) },
      });
      await expect(openAsker([bad])).rejects.toBeInstanceOf(ProblemsError);
    }
  });

  it('I07 stay one value of one parameter', async () => {
    const { server, source, code } = kept(await openFaultyRest(operations));
    for (const q of ['a&admin=1', 'a;b=1', 'a=b', 'a#b', 'a+b c', '%26x=1', 'q[]=1']) {
      server.reset();
      await code(source.query, { q });
      await code(source.list, { ids: [q, 'z'] });
      const [one, many] = server.received().map(({ url }) => new URL(url, 'http://x').searchParams);
      expect([...(one ?? [])]).toEqual([['q', q]]);
      expect([...(many ?? [])]).toEqual([['ids', `${q},z`]]);
    }
    expect(await code(source.query, { q: ['a', 'b'] as never })).toBe('BAD_USER_INPUT');
  });
});

const tariffs = (url: string) =>
  soap('tariffs', {
    wsdl: new URL('../../backends/tariffs/tariffs.wsdl', import.meta.url),
    url,
    retry: { attempts: 1 },
    breaker: { minRequests: 1_000_000 },
    maxResponseBytes: 4_000_000,
    onFault: { TariffFault: 'BAD_USER_INPUT' },
    operations: {
      products: request<{ cityId: string }, unknown>('ListProducts'),
      fee: request<Record<string, unknown>, { fee: unknown }>('CancellationFee'),
      write: change<{ cityId: string }, unknown>('ListProducts'),
    },
  });
const dispatch = (url: string) =>
  xmlrpc('dispatch', {
    url,
    retry: { attempts: 1 },
    breaker: { minRequests: 1_000_000 },
    maxResponseBytes: 4_000_000,
    operations: {
      echo: method<{ text: string }, unknown>('echo', { params: [rpc.string('text')], batch: false }),
      any: method<Record<never, never>, unknown>('any', { batch: false }),
      number: method<Record<never, never>, unknown>('number', { result: rpc.int(), batch: false }),
      write: procedure<{ text: string }, unknown>('write', { params: [rpc.string('text')] }),
    },
  });

async function xmlWorld() {
  const server = kept(await openFaultServer());
  const [soapSource, rpcSource] = [tariffs(server.url), dispatch(server.url)];
  const asker = kept(await openAsker([soapSource, rpcSource] as readonly Datasource[]));
  return { server, soap: soapSource, rpc: rpcSource, ...asker };
}

describe('values on their way into XML', () => {
  it('I08 arrive as the text they were, or are refused with BAD_USER_INPUT', async () => {
    const { server, soap, rpc, code } = await xmlWorld();
    server.behave(
      '*',
      xml('<methodResponse><params><param><value>ok</value></param></params></methodResponse>'),
    );
    const judge = new XMLParser({
      ignoreAttributes: true,
      removeNSPrefix: true,
      parseTagValue: false,
      trimValues: false,
      processEntities: true,
      htmlEntities: true,
    });
    const arrives = async (text: string): Promise<void> => {
      server.reset();
      const codes = [await code(rpc.echo, { text }), await code(soap.products, { cityId: text })];
      const [call, envelope] = server.received().map(({ body }) => judge.parse(body));
      if (codes[0] === 'BAD_USER_INPUT') {
        expect(server.calls()).toBe(0);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot hold.
        expect(text).toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/);
        return;
      }
      // XML reads a carriage return that is written as itself as a line feed; ours is written as a reference.
      expect(call.methodCall.params.param.value.string ?? call.methodCall.params.param.value).toBe(text);
      expect(envelope.Envelope.Body.ListProducts.cityId).toBe(text);
    };
    const attacks = [
      '</x><admin>1</admin>',
      ']]>',
      '&amp;',
      '<![CDATA[x]]>',
      '<!--',
      '\u0000',
      '\u0008',
      '\ud800',
      '"\'<>&',
    ];
    for (const text of [
      ...attacks,
      ...hostileTexts.filter((text) => text.trim() === text && text.length < 1_000),
    ])
      await arrives(text);
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
          .filter((text) => !/[\r&;]/.test(text) && text.trim() === text),
        arrives,
      ),
      { numRuns: 60 },
    );
  });
});

const envelope = (body: string) =>
  `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${body}</soap:Body></soap:Envelope>`;
const fee = (member: string) =>
  envelope(
    `<CancellationFeeResponse xmlns="urn:ride-hailing:tariffs:v1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><rideId>r</rideId>${member}</CancellationFeeResponse>`,
  );
const rideFee = { rideId: 'r', status: 'CANCELLED', minutesSinceRequest: 1 };
const rpcValue = (value: string) =>
  `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;

describe('XML that a service sends', () => {
  it('I09 has no DOCTYPE: refused before anything is read, and nothing is fetched', async () => {
    const { server, soap, rpc, code } = await xmlWorld();
    const doctypes = [
      `<!DOCTYPE x SYSTEM "file:///etc/passwd">`,
      `<!DOCTYPE x [<!ENTITY a SYSTEM "${server.url}/entity">]>`,
      `<!DOCTYPE x [<!ENTITY % p SYSTEM "${server.url}/parameter"> %p;]>`,
      '<!DOCTYPE x>',
    ];
    for (const doctype of doctypes) {
      for (const [path, body] of [
        ['/RPC2', rpcValue('<string>x</string>')],
        ['/tariffs', fee('<fee currency="EUR">1</fee>')],
      ] as const)
        server.behave(path, xml(doctype + body.replace(/^<\?xml.*?\?>/, '')));
      expect(await code(rpc.any, {})).toBe('UPSTREAM_INVALID_RESPONSE');
      expect(await code(soap.fee, rideFee)).toBe('UPSTREAM_INVALID_RESPONSE');
    }
    expect([server.calls('/entity'), server.calls('/parameter')]).toEqual([0, 0]);
  });

  it.each([
    [
      'a billion laughs',
      `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(1_000)}"><!ENTITY c "${'&b;'.repeat(1_000)}">]><l>&c;</l>`,
    ],
    [
      'a million attributes',
      `<a ${Array.from({ length: 250_000 }, (_, index) => `a${index}="1"`).join(' ')}/>`,
    ],
    ['200,000 elements inside each other', '<a>'.repeat(200_000)],
    ['200,000 arrays inside each other', rpcValue('<array><data><value>'.repeat(100_000))],
    ['more text than the cap', rpcValue(`<string>${'x'.repeat(5_000_000)}</string>`)],
    ['ten million siblings', rpcValue(`<array><data>${'<value/>'.repeat(600_000)}</data></array>`)],
    ['an unknown entity a hundred thousand times', rpcValue(`<string>${'&x;'.repeat(100_000)}</string>`)],
  ])('I10 is %s: refused, quickly, and the loop stays free', async (_, body) => {
    const { server, soap, rpc, code } = await xmlWorld();
    server.behave('*', xml(body));
    let longestGapMs = 0;
    let last = performance.now();
    const heart = setInterval(() => {
      longestGapMs = Math.max(longestGapMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const [codes, tookMs] = await timed(async () => [await code(rpc.any, {}), await code(soap.fee, rideFee)]);
    clearInterval(heart);
    for (const each of codes) expect(each).toMatch(/^UPSTREAM_(INVALID_RESPONSE|RESPONSE_TOO_LARGE)$/);
    // 50 ms a megabyte, five times over, for the two of them; a request costs something too.
    expect(tookMs).toBeLessThan(2 * 250 * Math.max(1, body.length / 1_000_000) + 500);
    expect(longestGapMs).toBeLessThan(1_000);
  });

  const fault = (detail: string) =>
    envelope(
      `<soap:Fault><faultcode>soap:Server</faultcode><faultstring>CANARY text</faultstring><detail>${detail}</detail></soap:Fault>`,
    );
  const known =
    '<TariffFault xmlns="urn:ride-hailing:tariffs:v1"><code>UNKNOWN_CITY</code><message>CANARY</message></TariffFault>';

  it.each([
    ['a known fault with 500', xml(fault(known), 500), 'BAD_USER_INPUT'],
    ['a known fault with 200', xml(fault(known)), 'BAD_USER_INPUT'],
    ['another fault with 500', xml(fault('<x/>'), 500), 'DOWNSTREAM_SERVICE_ERROR'],
    ['another fault with 200', xml(fault('')), 'DOWNSTREAM_SERVICE_ERROR'],
    ['500 without a fault', xml('<h1>CANARY</h1>', 500), 'DOWNSTREAM_SERVICE_ERROR'],
    ['another namespace', xml(fee('').replace('tariffs:v1', 'tariffs:v9')), 'UPSTREAM_INVALID_RESPONSE'],
    [
      'an answer to another question',
      xml(envelope('<Other xmlns="urn:ride-hailing:tariffs:v1"/>')),
      'UPSTREAM_INVALID_RESPONSE',
    ],
    ['a missing element', xml(fee('')), 'UPSTREAM_INVALID_RESPONSE'],
    ['a value of another type', xml(fee('<fee currency="EUR">lots</fee>')), 'UPSTREAM_INVALID_RESPONSE'],
    ['an empty body', xml(''), 'UPSTREAM_INVALID_RESPONSE'],
    ['JSON', json({ fee: 1 }), 'UPSTREAM_INVALID_RESPONSE'],
  ] as const)('I12 is %s', async (_, answer, code) => {
    const { server, soap, ask } = await xmlWorld();
    server.behave('*', answer);
    const outcome = await ask(soap.fee, rideFee);
    expect(codeAs(outcome)).toBe(code);
    expect((outcome as Error).message).not.toContain('CANARY');
    expect(server.calls()).toBe(1);
  });

  it('I12 is a nil: null, and no error', async () => {
    const { server, soap, ask } = await xmlWorld();
    server.behave('*', xml(fee('<fee xsi:nil="true"/>')));
    expect(await ask(soap.fee, rideFee)).toMatchObject({ fee: null });
  });

  it.each([
    ['an int beyond 32 bits', '<i4>2147483648</i4>'],
    ['an int that is none', '<int>1.5</int>'],
    ['a date that is none', '<dateTime.iso8601>yesterday</dateTime.iso8601>'],
    ['bytes that are none', '<base64>!!!</base64>'],
    ['a boolean that is none', '<boolean>yes</boolean>'],
    ['a double without end', '<double>Infinity</double>'],
    ['a type that is none', '<money>1</money>'],
    [
      'structs ten thousand deep',
      `${'<struct><member><name>a</name><value>'.repeat(10_000)}x${'</value></member></struct>'.repeat(10_000)}`,
    ],
  ])('I13 is %s: a typed error', async (_, value) => {
    const { server, rpc, code } = await xmlWorld();
    server.behave('*', xml(rpcValue(value)));
    expect(await code(rpc.any, {})).toMatch(/^UPSTREAM_(INVALID_RESPONSE|RESPONSE_TOO_LARGE)$/);
  });

  it('I13 has members named like a prototype, or twice: nothing is polluted, nothing is silently chosen', async () => {
    const { server, rpc, ask, code } = await xmlWorld();
    const member = (name: string, value: string) =>
      `<member><name>${name}</name><value>${value}</value></member>`;
    server.behave(
      '*',
      xml(
        rpcValue(
          `<struct>${member('__proto__', '<struct><member><name>isAdmin</name><value>1</value></member></struct>')}${member('a', '1')}</struct>`,
        ),
      ),
    );
    const value = await ask(rpc.any, {});
    expect((value as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    server.behave('*', xml(rpcValue(`<struct>${member('a', '1')}${member('a', '2')}</struct>`)));
    expect(await code(rpc.any, {})).toMatch(/^(UPSTREAM_INVALID_RESPONSE|OK)$/);
  });

  it('I13 is a fault: a code of the table, and its text to nobody', async () => {
    const { server, rpc, ask } = await xmlWorld();
    server.behave(
      '*',
      xml(
        '<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>7</int></value></member><member><name>faultString</name><value>CANARY</value></member></struct></value></fault></methodResponse>',
      ),
    );
    for (const operation of [rpc.any, rpc.write]) {
      const outcome = await ask(operation as typeof rpc.write, { text: 'x' });
      expect(codeAs(outcome)).toBe('DOWNSTREAM_SERVICE_ERROR');
      expect((outcome as Error).message).not.toContain('CANARY');
    }
  });
});

describe('JSON that a service sends', () => {
  const listed = get<{ ids: readonly string[] }, { id: string }[]>('/items', { query: { ids: csv('ids') } });
  const operations = {
    any: get<Record<never, never>, unknown>('/any'),
    item: merge(listed, { list: 'ids', key: 'id', match: 'id' }),
    posted: post<Record<string, unknown>, unknown>('/any'),
  };

  it('I14 has members named like a prototype: they are members, and nothing is polluted', async () => {
    const { server, source, ask } = kept(await openFaultyRest(operations));
    server.behave('/any', {
      do: 'answer',
      body: '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"a":1}',
    });
    const value = (await ask(source.any, {})) as Record<string, unknown>;
    expect(value.a).toBe(1);
    expect(value.isAdmin).toBeUndefined();
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    await ask(source.posted, JSON.parse('{"__proto__":{"isAdmin":true},"x":1}'));
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    server.behave('/items', {
      do: 'answer',
      body: '[{"id":"__proto__","isAdmin":true},{"id":"constructor"}]',
    });
    expect(await ask(source.item, { id: '__proto__' })).toMatchObject({ id: '__proto__' });
    expect(await ask(source.item, { id: 'toString' })).toBeNull();
  });

  it('I16 is reordered, short, repeated or of other types: never a value under another key', async () => {
    const { server, source, engine } = kept(
      await openFaultyRest(operations, { breaker: { minRequests: 1_000 } }),
    );
    const ids = ['1', '2', '3', '4'];
    const askAll = async (body: unknown) => {
      server.behave('/items', json(body));
      return (await engine.call(source.item)(
        ids.map((id) => ({ id })),
        contextOf(),
      )) as unknown[];
    };
    expect(
      await askAll([
        { id: '3', v: 'c' },
        { id: '1', v: 'a' },
        { id: '9', v: 'nobody asked' },
        { id: '1', v: 'again' },
      ]),
    ).toEqual([{ id: '1', v: 'a' }, null, { id: '3', v: 'c' }, null]);
    expect(await askAll([{ id: 4, v: 'd' }])).toEqual([null, null, null, { id: 4, v: 'd' }]);
    for (const body of [
      null,
      {},
      'x',
      [null],
      [1],
      [[]],
      [{ v: 'without a key' }],
      [{ id: { a: 1 } }],
      { items: [] },
    ])
      expect((await askAll(body)).map(codeAs)).toEqual(Array(4).fill('UPSTREAM_INVALID_RESPONSE'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.constantFrom('1', '2', '3', '4', '5'), v: fc.integer() })),
        async (items) => {
          const answers = await askAll(items);
          answers.forEach((answer, index) => {
            const first = items.find(({ id }) => id === ids[index]) ?? null;
            expect(answer).toEqual(first);
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('configuration', () => {
  it('I20 takes what the environment says as it stands, and refuses members that are no options', async () => {
    const server = kept(await openFaultServer());
    const source = rest('bank', {
      baseUrl: server.url,
      auth: { token: env('TOKEN') },
      operations: { a: get<Record<never, never>, unknown>('/a') },
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text that other languages would replace.
    const token = '${PATH} $(id) `id` {{x}} %s *a &b';
    const { code } = kept(await openAsker([source], { variables: { TOKEN: token } }));
    expect(await code(source.a, {})).toBe('OK');
    expect(received(server)).toBe(`Bearer ${token}`);
    for (const text of [
      '{"__proto__":{"port":1}}',
      '{"constructor":1}',
      '{"prot":1}',
      '{"limits":{"__proto__":{"maxDepth":1}}}',
    ]) {
      const { problems, config } = readServerConfig(JSON.parse(text), {}, 'tributary.config.ts');
      expect(config.limits.maxDepth).toBe(32);
      expect(config.port).toBe(4000);
      if (!text.includes('__proto__')) expect(problems[0]?.place).toBe('tributary.config.ts');
    }
  });
});

function received(server: FaultServer): string | undefined {
  return server.received()[0]?.headers.authorization;
}
