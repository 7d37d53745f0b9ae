import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import { runWhole } from '../../../src/formats/xml/slices.ts';
import { readResponse } from '../../../src/formats/xmlrpc/read-response.ts';
import {
  array,
  base64,
  boolean,
  dateTime,
  double,
  fixed,
  i8,
  int,
  nil,
  optional,
  type Parameter,
  string,
  struct,
} from '../../../src/formats/xmlrpc/types.ts';
import {
  planCall,
  writeCall,
  writeInnerCall,
  writeMulticall,
} from '../../../src/formats/xmlrpc/write-call.ts';
import type { WriteOptions } from '../../../src/formats/xmlrpc/write-value.ts';
import { echoedByPython, pythonIsThere } from './python.ts';
import { typedValue } from './values.ts';

/** The parameters of a call as they are written, without their wrapping. */
function written(parameters: readonly Parameter[], input: unknown, options: WriteOptions = {}): string {
  const call = writeCall(planCall('m', parameters), input, options);
  return call.slice(call.indexOf('<params>') + 8, call.indexOf('</params>')).replace(/<\/?param>/g, '');
}

function complaint(work: () => unknown): string {
  try {
    work();
    return 'no error';
  } catch (thrown) {
    if (thrown instanceof FormatError) return `${thrown.problem}: ${thrown.message}`;
    throw thrown;
  }
}

describe('a parameter', () => {
  it.each<[unknown, string]>([
    [1, '<int>1</int>'],
    [-0, '<int>0</int>'],
    [2147483647, '<int>2147483647</int>'],
    [2147483648, '<double>2147483648</double>'],
    [1.5, '<double>1.5</double>'],
    [1e-7, '<double>0.0000001</double>'],
    [10n, '<i8>10</i8>'],
    ['1', '<string>1</string>'],
    ['a<b>&\r', '<string>a&lt;b&gt;&amp;&#xD;</string>'],
    [true, '<boolean>1</boolean>'],
    [false, '<boolean>0</boolean>'],
    [new Date('1998-07-17T14:08:55.999Z'), '<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>'],
    [Buffer.from('abc'), '<base64>YWJj</base64>'],
    [[1, 'a'], '<array><data><value><int>1</int></value><value><string>a</string></value></data></array>'],
    [{ a: 1, b: undefined }, '<struct><member><name>a</name><value><int>1</int></value></member></struct>'],
  ])('of which nothing is declared is told from its value: $0', (value, expected) => {
    expect(written(['x'], { x: value })).toBe(`<value>${expected}</value>`);
  });

  it.each<[Parameter, unknown, string]>([
    [int('x'), '41', '<int>41</int>'],
    [i8('x'), '9007199254740993', '<i8>9007199254740993</i8>'],
    [i8('x'), 5, '<i8>5</i8>'],
    [double('x'), 5, '<double>5</double>'],
    [double('x'), '2.50', '<double>2.50</double>'],
    [string('x'), 5, '<string>5</string>'],
    [boolean('x'), true, '<boolean>1</boolean>'],
    [dateTime('x'), '1998-07-17T16:08:55+02:00', '<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>'],
    [dateTime('x'), '1998-07-17T14:08:55', '<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>'],
    [base64('x'), 'YWJj', '<base64>YWJj</base64>'],
    [nil('x'), null, '<nil/>'],
    [nil('x'), undefined, '<nil/>'],
    [nil('x'), 'a', '<string>a</string>'],
    [array('x', i8()), [1], '<array><data><value><i8>1</i8></value></data></array>'],
    [
      struct('x', { id: i8(), note: optional(string()) }),
      { id: 1, note: null },
      '<struct><member><name>id</name><value><i8>1</i8></value></member></struct>',
    ],
    [fixed('v2'), undefined, '<string>v2</string>'],
  ])('%j is written as declared', (parameter, value, expected) => {
    expect(written([parameter], { x: value })).toBe(`<value>${expected}</value>`);
  });

  it('that is a date goes out in the time zone of the server', () => {
    expect(written([dateTime('x')], { x: '1998-07-17T23:08:55Z' }, { timeZone: '+02:00' })).toContain(
      '19980718T01:08:55',
    );
  });

  it('may be left out at the end of the list, with all that follow', () => {
    const parameters = [string('a'), optional(int('b')), optional(int('c'))];
    expect(written(parameters, { a: 'x' })).toBe('<value><string>x</string></value>');
    expect(written(parameters, { a: 'x', b: null, c: 1 })).toBe('<value><string>x</string></value>');
    expect(written(parameters, { a: 'x', b: 2 })).toContain('<int>2</int>');
  });

  it('may be one struct of several inputs', () => {
    expect(written([struct({ status: string(), limit: optional(int()) })], { status: 'up', other: 1 })).toBe(
      '<value><struct><member><name>status</name><value><string>up</string></value></member></struct></value>',
    );
    expect(written([struct()], { status: 'up' })).toContain('<name>status</name>');
  });

  it.each<[Parameter, unknown, string]>([
    [int('x'), 2147483648, "The value is no 'int' (at x)"],
    [int('x'), 1.5, "The value is no 'int' (at x)"],
    [int('x'), '1e3', "The value is no 'int' (at x)"],
    [i8('x'), 2 ** 53, "The value is no 'i8' (at x)"],
    [i8('x'), '9223372036854775808', "The value is no 'i8' (at x)"],
    [double('x'), Number.NaN, "The value is no 'double' (at x)"],
    [double('x'), Number.POSITIVE_INFINITY, "The value is no 'double' (at x)"],
    [boolean('x'), 1, "The value is no 'boolean' (at x)"],
    [string('x'), {}, "The value is no 'string' (at x)"],
    [dateTime('x'), 'tomorrow', "The value is no 'dateTime' (at x)"],
    [dateTime('x'), new Date(Number.NaN), "The value is no 'dateTime' (at x)"],
    [base64('x'), '***', "The value is no 'base64' (at x)"],
    [string('x'), undefined, 'A value is missing or null (at x)'],
    ['x', null, 'A value is missing or null (at x)'],
    ['x', () => 1, 'XML-RPC has no type for this value (at x)'],
    ['x', { a: [{ b: '\u0001' }] }, 'XML cannot hold the character U+0001 (at x/a[0]/b)'],
    ['x', '\ud800', 'XML cannot hold an unpaired surrogate (at x)'],
    [struct('x', { a: int() }), {}, 'The member is missing (at x/a)'],
    [struct('x', { a: int() }), { a: 1, b: 2 }, 'The struct has no such member (at x/b)'],
    [struct('x'), [], "The value is no 'struct' (at x)"],
    [array('x', int()), [1, 'b'], "The value is no 'int' (at x[1])"],
  ])('%# refuses what it cannot hold', (parameter, value, message) => {
    expect(complaint(() => written([parameter], { x: value }))).toBe(`badInput: ${message}`);
  });

  it('that holds itself is refused', () => {
    const endless: { self?: unknown } = {};
    endless.self = endless;
    expect(complaint(() => written(['x'], { x: endless }))).toContain('nested deeper than 64 levels');
  });

  it('of null is written where the datasource says that the server knows nil', () => {
    expect(written(['x'], { x: null }, { nil: true })).toBe('<value><nil/></value>');
  });

  it('never takes what the input only inherits', () => {
    expect(complaint(() => written(['constructor'], {}))).toContain('missing');
  });
});

describe('the definition of a method', () => {
  it.each<[string, readonly Parameter[], string]>([
    ['get<x>', [], 'no method name'],
    ['', [], 'no method name'],
    ['get', [int() as never], 'Parameter 1 of get names no input'],
    ['get', [optional(int('a')), int('b')], 'Parameter 2 of get follows an optional one'],
  ])('%s %j is refused', (method, parameters, message) => {
    const text = complaint(() => planCall(method, parameters));
    expect(text).toContain('badDescription');
    expect(text).toContain(message);
  });
});

describe('a call of many', () => {
  it('holds one struct for each input, the token in each', () => {
    const plan = planCall('get', ['id']);
    const call = writeMulticall([1, 'b'].map((id) => writeInnerCall(plan, { id }, {}, ['secret'])));
    const inner = (value: string) =>
      '<value><struct><member><name>methodName</name><value><string>get</string></value></member>' +
      '<member><name>params</name><value><array><data><value><string>secret</string></value>' +
      `<value>${value}</value></data></array></value></member></struct></value>`;
    expect(call).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>system.multicall</methodName><params><param><value><array><data>' +
        `${inner('<int>1</int>')}${inner('<string>b</string>')}</data></array></value></param></params></methodCall>`,
    );
  });
});

describe.skipIf(!pythonIsThere)('between us and Python', () => {
  it('every value of every type goes there and comes back', () => {
    const samples = fc.sample(typedValue, { numRuns: 400, seed: 7 });
    const calls = samples.map(({ value, type }) =>
      writeCall(planCall('echo', [{ ...type, name: 'x' }]), { x: value }),
    );
    echoedByPython(calls).forEach((answer, index) => {
      const { value, type } = samples[index]!;
      const response = runWhole(readResponse(Buffer.from(answer), 'text/xml', { result: array(type) }));
      expect(response).toEqual({ value: [value] });
    });
  });
});
