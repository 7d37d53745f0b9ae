import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import { runSliced, runWhole } from '../../../src/formats/xml/slices.ts';
import { type ResponseOptions, readResponse } from '../../../src/formats/xmlrpc/read-response.ts';
import {
  array,
  base64,
  boolean,
  dateTime,
  double,
  i8,
  int,
  optional,
  string,
  struct,
  type XmlRpcType,
} from '../../../src/formats/xmlrpc/types.ts';

const EX = 'xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions"';

function document(value: string): string {
  return `<?xml version="1.0"?><methodResponse ${EX}><params><param>${value}</param></params></methodResponse>`;
}

function respond(xml: string | Buffer, options: ResponseOptions = {}, contentType = 'text/xml') {
  return runWhole(readResponse(Buffer.from(xml as string), contentType, options));
}

function readValueOf(inner: string, result?: XmlRpcType, options: ResponseOptions = {}): unknown {
  const response = respond(document(`<value>${inner}</value>`), { result, ...options });
  return 'value' in response ? response.value : response;
}

function problemOf(work: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(work())}`;
  } catch (thrown) {
    if (thrown instanceof FormatError) return thrown.problem;
    throw thrown;
  }
}

const misread = (inner: string, result?: XmlRpcType) => problemOf(() => readValueOf(inner, result));

describe('a value of an answer', () => {
  it.each([
    ['<int>41</int>', 41],
    ['<i4>-12</i4>', -12],
    ['<i4>+7</i4>', 7],
    ['<int> 007\n</int>', 7],
    ['<int>-2147483648</int>', -2147483648],
    ['<ex:i1>-128</ex:i1>', -128],
    ['<ex:i2>32767</ex:i2>', 32767],
    ['<i8>9223372036854775807</i8>', '9223372036854775807'],
    ['<ex:i8>-09007199254740993</ex:i8>', '-9007199254740993'],
    ['<ex:biginteger>123456789012345678901234567890</ex:biginteger>', '123456789012345678901234567890'],
    ['<ex:bigdecimal>0012.3400</ex:bigdecimal>', '12.3400'],
    ['<ex:bigdecimal>1.5E+3</ex:bigdecimal>', '1500'],
    ['<ex:bigdecimal>-25E-4</ex:bigdecimal>', '-0.0025'],
    ['<double>-12.214</double>', -12.214],
    ['<double>1.5E3</double>', 1500],
    ['<double>-0.0</double>', 0],
    ['<ex:float>0.25</ex:float>', 0.25],
    ['<boolean>1</boolean>', true],
    ['<boolean>0</boolean>', false],
    ['<boolean>true</boolean>', true],
    ['<string>a &lt;b&gt; &#xE9;</string>', 'a <b> é'],
    ['<string/>', ''],
    ['<string><![CDATA[1 < 2]]></string>', '1 < 2'],
    ['no type at all', 'no type at all'],
    ['  00123 ', '  00123 '],
    ['', ''],
    ['<!-- nothing -->', ''],
    ['<base64>eW91IGNhbid0\n IHJlYWQgdGhpcyE=</base64>', 'eW91IGNhbid0IHJlYWQgdGhpcyE='],
    ['<nil/>', null],
    ['<ex:nil/>', null],
    ['<array><data/></array>', []],
    ['<array></array>', []],
    ['<struct/>', {}],
    ['\n  <array> <data>\n<value>a</value> <value><int>2</int></value></data> </array>\n', ['a', 2]],
    [
      '<struct><member><name>a b</name><value><i4>1</i4></value></member>\n<member><name></name><value/></member></struct>',
      { 'a b': 1, '': '' },
    ],
  ])('%s is %j', (inner, expected) => {
    const value = readValueOf(inner);
    expect(value).toEqual(expected);
    expect(Object.is(value, -0)).toBe(false);
  });

  it.each([
    ['19980717T14:08:55', '1998-07-17T14:08:55'],
    ['1998-07-17T14:08:55Z', '1998-07-17T14:08:55Z'],
    ['1998-07-17T14:08:55.120Z', '1998-07-17T14:08:55.120Z'],
    ['1998-07-17T14:08:55.000', '1998-07-17T14:08:55'],
    ['19980717T14:08:55+0200', '1998-07-17T14:08:55+02:00'],
    ['19980717T14:08:55-03', '1998-07-17T14:08:55-03:00'],
    ['19980717T14:08:55+00:00', '1998-07-17T14:08:55Z'],
    ['19980717T140855', '1998-07-17T14:08:55'],
    ['1998-07-17 14:08:55', '1998-07-17T14:08:55'],
    [' 20240229T00:00:00 ', '2024-02-29T00:00:00'],
  ])('the date %s is %s', (written, expected) => {
    expect(readValueOf(`<dateTime.iso8601>${written}</dateTime.iso8601>`)).toBe(expected);
  });

  it('gives the time zone of the server to dates that have none, and to no others', () => {
    const date = (text: string) =>
      readValueOf(`<dateTime.iso8601>${text}</dateTime.iso8601>`, undefined, { timeZone: '+02:00' });
    expect(date('19980717T14:08:55')).toBe('1998-07-17T14:08:55+02:00');
    expect(date('19980717T14:08:55Z')).toBe('1998-07-17T14:08:55Z');
  });

  it('reads the date of Apache, which has milliseconds and an offset', () => {
    expect(readValueOf('<ex:dateTime>2004-05-31T12:00:00.250+0200</ex:dateTime>')).toBe(
      '2004-05-31T12:00:00.250+02:00',
    );
  });

  it.each([
    '<int>2147483648</int>',
    '<i4>-2147483649</i4>',
    '<int>1.0</int>',
    '<int></int>',
    '<int>0x10</int>',
    '<ex:i1>128</ex:i1>',
    '<ex:i2>-32769</ex:i2>',
    '<i8>9223372036854775808</i8>',
    '<i8>12a</i8>',
    '<double>NaN</double>',
    '<double>inf</double>',
    '<double>1e999</double>',
    '<double>1,5</double>',
    '<boolean>2</boolean>',
    '<boolean></boolean>',
    '<dateTime.iso8601>yesterday</dateTime.iso8601>',
    '<dateTime.iso8601>20230229T00:00:00</dateTime.iso8601>',
    '<dateTime.iso8601>20231301T00:00:00</dateTime.iso8601>',
    '<dateTime.iso8601>00000000T00:00:00</dateTime.iso8601>',
    '<dateTime.iso8601>20230101T24:00:01</dateTime.iso8601>',
    '<dateTime.iso8601>20230101T10:00:00+99:00</dateTime.iso8601>',
    '<base64>====</base64>',
    '<base64>eW9</base64>',
    '<base64>e=W9</base64>',
    '<base64>ä</base64>',
    '<nil>x</nil>',
    '<ex:dom><a/></ex:dom>',
    '<ex:serializable>rO0ABQ==</ex:serializable>',
    '<number>1</number>',
    '<other:int xmlns:other="urn:other">1</other:int>',
    'text <int>1</int>',
    '<int>1</int><int>2</int>',
    '<int>1</int> text',
    '<int><b>1</b></int>',
    '<array><value>1</value></array>',
    '<array><data><int>1</int></data></array>',
    '<array><data/><data/></array>',
    '<struct><member><value>1</value></member></struct>',
    '<struct><member><name>a</name></member></struct>',
    '<struct><member><name>a</name><value/><value/></member></struct>',
    '<struct><name>a</name><value/></struct>',
    '<struct><member><name>a</name><value>1</value></member><member><name>a</name><value>2</value></member></struct>',
  ])('%s is refused', (inner) => {
    expect(misread(inner)).toBe('invalid');
  });

  it('refuses a member named __proto__ and holds one named constructor as its own', () => {
    const member = (name: string) =>
      `<struct><member><name>${name}</name><value><struct><member><name>polluted</name><value>yes</value></member></struct></value></member></struct>`;
    expect(misread(member('__proto__'))).toBe('invalid');
    const value = readValueOf(member('constructor')) as object;
    expect(Object.hasOwn(value, 'constructor')).toBe(true);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect({}.constructor).toBe(Object);
  });

  it('says where it failed, and nothing of the text', () => {
    const attempt = () =>
      readValueOf('<struct>\n<member><name>a</name><value><int>secret</int></value></member></struct>');
    expect(attempt).toThrow(/no acceptable 'int' \(at line 2, column \d+\)/);
    expect(attempt).not.toThrow(/secret/);
  });
});

describe('a declared result', () => {
  it.each<[string, XmlRpcType, unknown]>([
    ['<string>42</string>', int(), 42],
    ['<i8>42</i8>', int(), 42],
    ['<int>42</int>', i8(), '42'],
    ['<string>9007199254740993</string>', i8(), '9007199254740993'],
    ['<int>42</int>', double(), 42],
    ['<string>4.5</string>', double(), 4.5],
    ['<int>42</int>', string(), '42'],
    ['<i8>9007199254740993</i8>', string(), '9007199254740993'],
    ['<base64>R3LDvMOfZQ==</base64>', string(), 'Grüße'],
    ['<string>abc</string>', base64(), 'YWJj'],
    ['<int>1</int>', boolean(), true],
    ['<string>0</string>', boolean(), false],
    ['<string>2024-01-02T03:04:05Z</string>', dateTime(), '2024-01-02T03:04:05Z'],
    ['<nil/>', int(), null],
    ['<array><data/></array>', struct(), {}],
    ['<struct/>', array(), []],
    ['<array><data><value>1</value><value><int>2</int></value></data></array>', array(string()), ['1', '2']],
    [
      '<struct><member><name>id</name><value>7</value></member><member><name>more</name><value><int>1</int></value></member></struct>',
      struct({ id: int(), note: optional(string()) }),
      { id: 7, more: 1 },
    ],
  ])('%s as %j is %j', (inner, result, expected) => {
    expect(readValueOf(inner, result)).toEqual(expected);
  });

  it.each<[string, XmlRpcType]>([
    ['<struct/>', int()],
    ['<struct/>', struct({ id: int() })],
    ['<array><data/></array>', struct({ id: int() })],
    ['<array><data/></array>', string()],
    ['<string>many</string>', int()],
    ['<double>1.5</double>', int()],
    ['<boolean>1</boolean>', string()],
    ['<base64>/w==</base64>', string()],
    ['<int>2</int>', boolean()],
    ['<int>20240101</int>', dateTime()],
    ['<int>1</int>', struct()],
    ['<array><data><value>a</value></data></array>', struct()],
    ['<struct><member><name>a</name><value/></member></struct>', array()],
  ])('%s is no %j', (inner, result) => {
    expect(misread(inner, result)).toBe('invalid');
  });
});

describe('an answer', () => {
  it('may be a fault, with its code and its text', () => {
    const fault = (members: string) =>
      respond(`<methodResponse><fault><value><struct>${members}</struct></value></fault></methodResponse>`);
    const member = (name: string, value: string) =>
      `<member><name>${name}</name><value>${value}</value></member>`;
    expect(
      fault(member('faultCode', '<int>4</int>') + member('faultString', 'Too many parameters.')),
    ).toEqual({
      fault: { code: 4, text: 'Too many parameters.' },
    });
    expect(fault(member('faultString', '') + member('faultCode', '404'))).toEqual({
      fault: { code: 404, text: '' },
    });
    expect(fault(member('faultCode', 'Client'))).toEqual({ fault: { code: 'Client', text: '' } });
    expect(problemOf(() => fault(member('faultString', 'x')))).toBe('invalid');
  });

  it('without any value is null', () => {
    expect(respond('<methodResponse><params/></methodResponse>')).toEqual({ value: null });
  });

  it('may follow empty lines, as PHP writes them', () => {
    expect(respond(`\n\r\n ${document('<value>x</value>')}\n`)).toEqual({ value: 'x' });
  });

  it('is decoded by its header, else its declaration', () => {
    const latin = (declared: string) =>
      Buffer.from(`<?xml version="1.0"${declared}?>${document('<value>é</value>').slice(21)}`, 'latin1');
    expect(respond(latin(' encoding="iso-8859-1"'))).toEqual({ value: 'é' });
    expect(respond(latin(''), {}, 'text/xml; charset=ISO-8859-1')).toEqual({ value: 'é' });
    expect(problemOf(() => respond(latin('')))).toBe('invalid');
  });

  it.each([
    '',
    'It works!',
    '<html><body>502 Bad Gateway</body></html>',
    '<!DOCTYPE html><html></html>',
    '{"jsonrpc":"2.0"}',
    '<methodResponse/>',
    '<methodResponse><params><param/></params></methodResponse>',
    '<methodResponse><value/></methodResponse>',
    `${document('<value>1</value><value>2</value>')}`,
    '<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>',
    '<methodResponse><params/><params/></methodResponse>',
    '<methodResponse><fault><value>4</value></fault></methodResponse>',
    '<!DOCTYPE x [<!ENTITY a "b">]><methodResponse><params><param><value>&a;</value></param></params></methodResponse>',
    `${document('<value>1</value>')}<more/>`,
  ])('%s is refused', (xml) => {
    expect(problemOf(() => respond(xml))).toBe('invalid');
  });

  it('is refused wherever it is cut', () => {
    const whole = document(
      '<value><struct><member><name>a</name><value><array><data><value>&amp;</value></data></array></value></member></struct></value>',
    );
    for (let length = 0; length < whole.length; length++) {
      expect(problemOf(() => respond(whole.slice(0, length)))).toBe('invalid');
    }
  });

  it('is read or refused, whatever has been done to it', () => {
    const whole = document(
      '<value><struct><member><name>a</name><value><array><data><value><i4>1</i4></value><value><ex:nil/></value></data></array></value></member><member><name>b</name><value><base64>AAEC</base64></value></member></struct></value>',
    );
    const parts = whole.match(/<[^>]*>|[^<]+/g)!;
    const hostile = [
      '<',
      '&',
      ']]>',
      '<!DOCTYPE x>',
      '<value>',
      '</value>',
      '__proto__',
      '\u0000',
      '<?xml ?>',
      '&#0;',
      '<a:b/>',
    ];
    const mangled = fc
      .array(fc.tuple(fc.nat(parts.length - 1), fc.constantFrom('cut', 'twice', 'swap', ...hostile)), {
        minLength: 1,
        maxLength: 4,
      })
      .map((changes) => {
        const mangling = [...parts];
        for (const [at, change] of changes) {
          const part = mangling[at] ?? '';
          if (change === 'cut') mangling[at] = '';
          else if (change === 'twice') mangling[at] = part + part;
          else if (change === 'swap') [mangling[at], mangling[0]] = [mangling[0]!, part];
          else mangling[at] = part + change;
        }
        return mangling.join('');
      });
    fc.assert(
      fc.property(mangled, (xml) => {
        expect(problemOf(() => respond(xml))).toMatch(/^(no error: .*|invalid|tooLarge)$/s);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is refused when it is nested too deeply', () => {
    const nested = (depth: number) =>
      `${'<array><data><value>'.repeat(depth)}x${'</value></data></array>'.repeat(depth)}`;
    expect(JSON.stringify(readValueOf(nested(64)))).toContain('x');
    expect(misread(nested(65))).toBe('tooLarge');
    expect(misread(nested(10_000))).toBe('tooLarge');
  });

  it('is refused when it is too large, has too many members or too many values', () => {
    const limits = { maxBytes: 1_000, maxMembers: 2, maxValues: 4 };
    const bounded = (inner: string) => problemOf(() => readValueOf(inner, undefined, { limits }));
    const member = (name: string) => `<member><name>${name}</name><value/></member>`;
    expect(bounded(`<struct>${member('a')}${member('b')}</struct>`)).toContain('no error');
    expect(bounded(`<struct>${member('a')}${member('b')}${member('c')}</struct>`)).toBe('tooLarge');
    expect(bounded(`<array><data>${'<value/>'.repeat(3)}</data></array>`)).toContain('no error');
    expect(bounded(`<array><data>${'<value/>'.repeat(4)}</data></array>`)).toBe('tooLarge');
    expect(bounded('x'.repeat(1_000))).toBe('tooLarge');
  });

  it('lets go of the event loop while a long one is read', async () => {
    const long = document(
      `<value><array><data>${'<value><int>1</int></value>'.repeat(60_000)}</data></array></value>`,
    );
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    const response = await runSliced(readResponse(Buffer.from(long), 'text/xml'));
    clearInterval(ticking);
    expect((response as { value: unknown[] }).value).toHaveLength(60_000);
    expect(turns).toBeGreaterThan(1);
  });
});
