import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { compileShape, type DeclaredShape } from '../../../src/formats/xml-shape/compile.ts';
import type { DocumentCodec } from '../../../src/formats/xml-shape/document-codec.ts';
import * as xml from '../../../src/formats/xml-shape/shape.ts';

const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const codecOf = (shape: { kind: string }): DocumentCodec => compileShape(shape as DeclaredShape);
const read = (shape: { kind: string }, text: string): unknown => codecOf(shape).read(Buffer.from(text));
const written = (shape: { kind: string }, value: unknown): string =>
  codecOf(shape)
    .write(value)
    .replace(/^<\?xml [^>]*\?>/, '');
const problem = (problem: string, message: RegExp) =>
  expect.objectContaining({ name: 'FormatError', problem, message: expect.stringMatching(message) });

describe('a declared shape', () => {
  const all = xml.element('all', {
    text: xml.text('text'),
    int: xml.int('int'),
    long: xml.long('long'),
    integer: xml.integer('integer'),
    decimal: xml.decimal('decimal'),
    double: xml.double('double'),
    boolean: xml.boolean('boolean'),
    date: xml.date('date'),
    dateTime: xml.dateTime('dateTime'),
    time: xml.time('time'),
    base64: xml.base64('base64'),
  });
  const document =
    '<all><text> 00123 </text><int>-5</int><long>9223372036854775807</long><integer>123456789012345678901</integer>' +
    '<decimal>12.50</decimal><double>1.5</double><boolean>true</boolean><date>2026-01-28</date>' +
    '<dateTime>2026-01-28T23:59:59.5+02:00</dateTime><time>10:00:00</time><base64>AAE=</base64></all>';
  const value = {
    text: ' 00123 ',
    int: -5,
    long: '9223372036854775807',
    integer: '123456789012345678901',
    decimal: '12.50',
    double: 1.5,
    boolean: true,
    date: '2026-01-28',
    dateTime: '2026-01-28T23:59:59.5+02:00',
    time: '10:00:00',
    base64: 'AAE=',
  };

  it('has exact values of every type, both ways', () => {
    expect(read(all, document)).toEqual(value);
    expect(written(all, value)).toBe(document);
  });

  it.each([
    ['int', '2147483648'],
    ['int', '1.5'],
    ['int', ''],
    ['long', '9223372036854775808'],
    ['integer', '1e3'],
    ['decimal', '1,5'],
    ['double', 'Infinity'],
    ['boolean', 'yes'],
    ['date', '2026-02-30'],
    ['dateTime', '28.01.2026'],
    ['base64', 'A'],
  ])('refuses a text that is no %s: "%s", naming element and place', (type, text) => {
    const wrong = document.replace(new RegExp(`(<${type}>)[^<]*`), `$1${text}`);
    expect(() => read(all, wrong)).toThrow(problem('invalid', new RegExp(`'${type}' is no .* \\(at line 1`)));
  });

  it('is read in any order and written in its own, and says what is missing', () => {
    const shape = xml.element('v', { a: xml.text('a'), b: xml.text('b'), c: xml.list('c') });
    expect(read(shape, '<v><c>1</c><b>2</b><x><a>no</a></x><c/><a>3</a></v>')).toEqual({
      a: '3',
      b: '2',
      c: ['1', ''],
    });
    expect(written(shape, { c: ['1'], b: '2', a: '3' })).toBe('<v><a>3</a><b>2</b><c>1</c></v>');
    expect(() => read(shape, '<v><a>3</a></v>')).toThrow(problem('invalid', /'b' is missing in 'v'/));
    expect(() => written(shape, { a: '3', c: [] })).toThrow(problem('badInput', /v\/b/));
  });

  it('tells absent, nil and empty apart', () => {
    const shape = xml.element('v', {
      note: xml.optional(xml.text('note')),
      year: xml.optional(xml.int('year')),
      owner: xml.optional(xml.element('owner', { name: xml.text('name') })),
      rank: xml.optional(xml.attribute('rank', 'int')),
      sold: xml.nillable(xml.date('sold')),
    });
    const nil = `xsi:nil="true"`;
    expect(read(shape, `<v ${xsi}><sold ${nil}/></v>`)).toEqual({ sold: null });
    expect(read(shape, `<v ${xsi}><note ${nil}/><year ${nil}/><owner ${nil}/><sold ${nil}/></v>`)).toEqual({
      note: null,
      year: null,
      owner: null,
      sold: null,
    });
    expect(read(shape, '<v><note/><year/><sold/></v>')).toEqual({ note: '', year: null, sold: null });
    expect(() => read(shape, '<v/>')).toThrow(problem('invalid', /'sold' is missing/));
    const nothing = { note: null, year: undefined, owner: null, rank: null, sold: null };
    expect(written(shape, nothing)).toBe(`<v ${xsi}><sold xsi:nil="true"/></v>`);
    const strict = xml.element('v', { id: xml.text('id'), tags: xml.list('tag') });
    expect(() => read(strict, `<v ${xsi}><id ${nil}/></v>`)).toThrow(
      problem('invalid', /'id' in 'v' must not be nil/),
    );
    expect(() => read(strict, `<v ${xsi}><id/><tag ${nil}/></v>`)).toThrow(
      problem('invalid', /'tags' in 'v'/),
    );
  });

  it('puts members in the namespace of their element unless they say another', () => {
    const shape = xml.element(
      'v',
      {
        a: xml.text('a'),
        b: xml.text('{urn:b}b'),
        c: xml.text('{}c'),
        d: xml.attribute('{urn:b}d'),
        e: xml.attribute('e'),
        f: xml.element('f', { g: xml.text('g') }, { namespace: 'urn:f' }),
      },
      { namespace: 'urn:v' },
    );
    const same = { a: '1', b: '2', c: '3', d: '4', e: '5', f: { g: '6' } };
    const text = written(shape, same);
    expect(text).toBe(
      '<ns1:v xmlns:ns1="urn:v" xmlns:ns2="urn:b" xmlns:ns3="urn:f" ns2:d="4" e="5"><ns1:a>1</ns1:a><ns2:b>2</ns2:b><c>3</c><ns3:f><ns3:g>6</ns3:g></ns3:f></ns1:v>',
    );
    expect(read(shape, text)).toEqual(same);
    expect(() => read(shape, text.replace('urn:v', 'urn:w'))).toThrow(
      problem('invalid', /another namespace/),
    );
  });

  it('has lists beside others and in an element of their own, also as the root', () => {
    const shape = xml.element('v', {
      tags: xml.list('tag'),
      scores: xml.list(xml.int('n'), { in: 'scores' }),
    });
    expect(read(shape, '<v/>')).toEqual({ tags: [], scores: [] });
    expect(read(shape, '<v><scores/><tag>a</tag></v>')).toEqual({ tags: ['a'], scores: [] });
    expect(read(shape, '<v><scores><n>1</n><m/><n>2</n></scores></v>')).toEqual({ tags: [], scores: [1, 2] });
    expect(written(shape, { tags: ['a', 'b'], scores: [] })).toBe('<v><tag>a</tag><tag>b</tag><scores/></v>');
    expect(() => written(shape, { tags: [], scores: [1, 'x'] })).toThrow(
      problem('badInput', /v\/scores\[1\]/),
    );
    expect(() => written(shape, { tags: [], scores: 1 })).toThrow(problem('badInput', /v\/scores/));
    const root = xml.list(shape, { in: 'vs', namespace: 'urn:v' });
    expect(read(root, '<vs xmlns="urn:v"><v/><v><tag>a</tag></v></vs>')).toEqual([
      { tags: [], scores: [] },
      { tags: ['a'], scores: [] },
    ]);
    expect(written(root, [])).toBe('<ns1:vs xmlns:ns1="urn:v"/>');
  });

  it('takes properties that every object inherits for what they are', () => {
    const shape = xml.element('v', {
      constructor: xml.optional(xml.text('toString')),
      valueOf: xml.list('hasOwnProperty'),
    });
    expect(read(shape, '<v/>')).toEqual({ valueOf: [] });
    expect(written(shape, { valueOf: ['x'] })).toBe('<v><hasOwnProperty>x</hasOwnProperty></v>');
    const planted = JSON.parse('{"__proto__": {"valueOf": ["x"]}, "valueOf": []}');
    expect(() => written(shape, planted)).toThrow(problem('badInput', /__proto__/));
  });

  it('that cannot be meant is refused, naming the member', () => {
    const proto = Object.fromEntries([['__proto__', xml.text('x')]]);
    expect(() => codecOf(xml.element('v', proto))).toThrow(problem('badDescription', /__proto__/));
    expect(() => codecOf(xml.element('v', { a: xml.text('1x') }))).toThrow(
      problem('badDescription', /`a`.*`1x`/),
    );
    expect(() => codecOf(xml.element('v', { a: xml.text('x'), b: xml.list('x') }))).toThrow(
      /`v` declares `x` twice/,
    );
    expect(() => codecOf(xml.attribute('a'))).toThrow(problem('badDescription', /attribute/));
    expect(() => codecOf(xml.optional(xml.text('a')))).toThrow(problem('badDescription', /optional/));
    expect(() => codecOf(xml.list('a'))).toThrow(problem('badDescription', /`in`/));
  });
});

describe('a long document', () => {
  const items = xml.list(xml.element('item', { n: xml.int('n') }), { in: 'items' });
  const bytes = Buffer.from(`<items>${'<item><n>1</n></item>'.repeat(100_000)}</items>`);

  it('is read in slices, and the event loop goes on in between', async () => {
    const reading = codecOf(items).read(bytes);
    expect(reading).toBeInstanceOf(Promise);
    let turns = 0;
    let done = false;
    const finished = (reading as Promise<unknown[]>).then((list) => {
      done = true;
      return list;
    });
    while (!done) {
      await nextTurn();
      turns++;
    }
    expect(await finished).toHaveLength(100_000);
    expect(turns).toBeGreaterThan(3);
  });

  it('is left when the signal is aborted', async () => {
    const controller = new AbortController();
    const reading = codecOf(items).read(bytes, undefined, controller.signal);
    controller.abort(new Error('nobody waits'));
    await expect(reading).rejects.toThrow('nobody waits');
  });
});
