import { describe, expect, it } from 'vitest';
import {
  askThrough,
  introspect,
  listMethods,
  methodHelp,
  methodSignature,
} from '../../../src/formats/xmlrpc/introspection.ts';

function document(value: string): string {
  return `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
}

const list = (...items: string[]) =>
  `<array><data>${items.map((item) => `<value>${item}</value>`).join('')}</data></array>`;
const FAULT =
  '<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1</int></value></member></struct></value></fault></methodResponse>';

/** A server that answers each call by its method and first parameter. */
function serverOf(answers: Readonly<Record<string, string>>) {
  return askThrough(async (call) => {
    const name = /<methodName>([^<]*)/.exec(call)?.[1];
    const parameter = /<string>([^<]*)/.exec(call)?.[1];
    return {
      body: Buffer.from(answers[parameter === undefined ? `${name}` : `${name} ${parameter}`] ?? FAULT),
    };
  });
}

describe('introspection', () => {
  it('lists methods with signatures and help, those of the system left out', async () => {
    const ask = serverOf({
      'system.listMethods': document(list('a.get', 'system.multicall', 'a.set')),
      'system.methodSignature a.get': document(list(list('struct', 'string'), list('struct', 'int'))),
      'system.methodHelp a.get': document('Gets &lt;it&gt;.'),
    });
    expect(await introspect(ask)).toEqual([
      {
        name: 'a.get',
        signatures: [
          ['struct', 'string'],
          ['struct', 'int'],
        ],
        help: 'Gets <it>.',
      },
      { name: 'a.set', signatures: [], help: '' },
    ]);
  });

  it.each([
    ['a string, as Python answers', 'signatures not supported'],
    ['another string', 'undef'],
    ['an empty struct', '<struct/>'],
    ['null', '<nil/>'],
  ])('finds no signature in %s', async (_, value) => {
    const ask = serverOf({ 'system.methodSignature m': document(value) });
    expect(await methodSignature(ask, 'm')).toEqual([]);
  });

  it('takes a signature that stands alone', async () => {
    const ask = serverOf({ 'system.methodSignature m': document(list('int', 'string')) });
    expect(await methodSignature(ask, 'm')).toEqual([['int', 'string']]);
  });

  it('finds neither help nor methods in an empty struct', async () => {
    const ask = serverOf({
      'system.methodHelp m': document('<struct/>'),
      'system.listMethods': document('<struct/>'),
    });
    expect(await methodHelp(ask, 'm')).toBe('');
    expect(await listMethods(ask)).toEqual([]);
  });

  it('fails where the server has no introspection', async () => {
    await expect(introspect(serverOf({}))).rejects.toThrow('system.listMethods answered the fault 1');
  });
});
