import { afterEach, describe, expect, it } from 'vitest';
import { array, int, string, struct } from '../../../src/formats/xmlrpc/types.ts';
import { datasourceInfo } from '../../../src/operations/datasource.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { method, procedure } from '../../../src/transports/xmlrpc/builders.ts';
import { type XmlRpcOptions, xmlrpc } from '../../../src/transports/xmlrpc/xmlrpc.ts';
import { contextOf } from '../../support/operations.ts';
import {
  type Answer,
  type Asked,
  arrayOf,
  fault,
  faultStruct,
  isMulticall,
  type OpenedDatasource,
  opened,
  plain,
  type RawServer,
  rawServer,
  response,
} from './servers.ts';

interface Item {
  id: number;
}

const operations = {
  item: method<{ id: number }, Item>('shop.item', { params: ['id'], result: struct({ id: int() }) }),
  note: method<{ id: number }, string | null>('shop.note', { params: ['id'], onFault: { 404: null } }),
  rename: procedure<{ id: number }, boolean>('shop.rename', { params: ['id'] }),
};

let server: RawServer;
let shop: ReturnType<typeof datasource>;
let open: OpenedDatasource;

function datasource(url: string, options: Partial<XmlRpcOptions<typeof operations>> = {}) {
  return xmlrpc('shop', { url, operations, ...options });
}

async function start(
  answer: (asked: Asked, count: number) => Answer | undefined,
  options: Partial<XmlRpcOptions<typeof operations>> = {},
) {
  server = await rawServer(answer);
  shop = datasource(server.url, options);
  open = await opened(shop);
}

afterEach(async () => {
  await open.close();
  await server.close();
});

const struct1 = (id: number | string) =>
  `<struct><member><name>id</name><value>${id}</value></member></struct>`;
const idsIn = ({ body }: Asked): string[] => [...body.matchAll(/<int>(\d+)<\/int>/g)].map(([, id]) => id!);
const single = (asked: Asked): Answer => response(struct1(idsIn(asked)[0]!));
const inputs = [1, 2, 3].map((id) => ({ id }));
const items = [{ id: 1 }, { id: 2 }, { id: 3 }];

async function askThrice(): Promise<unknown[]> {
  return (await open.ask(shop.item, ...inputs)).map(plain);
}

describe('a batch', () => {
  it('is one request where the server has system.multicall', async () => {
    await start((asked) =>
      isMulticall(asked)
        ? response(arrayOf(...idsIn(asked).map((id) => arrayOf(struct1(id)))))
        : single(asked),
    );
    expect(await askThrice()).toEqual(items);
    expect(await askThrice()).toEqual(items);
    expect(server.asked).toHaveLength(2);
  });

  it('of one is no multicall', async () => {
    await start(single);
    expect(await open.ask(shop.item, { id: 7 })).toEqual([{ id: 7 }]);
    expect(server.asked.map(isMulticall)).toEqual([false]);
  });

  it('is cut at maxInputs', async () => {
    await start(
      (asked) =>
        isMulticall(asked)
          ? response(arrayOf(...idsIn(asked).map((id) => arrayOf(struct1(id)))))
          : single(asked),
      { maxInputs: 2 },
    );
    expect(await askThrice()).toEqual(items);
    expect(server.asked.map(isMulticall)).toEqual([true, false]);
  });

  it('lets a fault, a wrong value and a bad input fail alone', async () => {
    await start((asked) =>
      response(
        arrayOf(
          ...idsIn(asked).map((id) =>
            id === '2'
              ? faultStruct('<int>9</int>', 'secret')
              : arrayOf(id === '3' ? '<struct/>' : struct1(id)),
          ),
        ),
      ),
    );
    expect(await open.ask(shop.item, { id: 8 }, { id: 9 })).toEqual([{ id: 8 }, { id: 9 }]);
    const outcomes = await open.ask(shop.item, ...inputs, { id: (() => 4) as never }, { id: 5 });
    expect(outcomes.map(plain)).toEqual([
      { id: 1 },
      'DOWNSTREAM_SERVICE_ERROR',
      'UPSTREAM_INVALID_RESPONSE',
      'BAD_USER_INPUT',
      { id: 5 },
    ]);
    expect(server.asked).toHaveLength(2);
  });

  it('maps the faults in it', async () => {
    await start(() =>
      response(arrayOf(arrayOf('a'), faultStruct('404', 'gone'), faultStruct('<int>500</int>', 'x'))),
    );
    expect((await open.ask(shop.note, ...inputs)).map(plain)).toEqual([
      'a',
      null,
      'DOWNSTREAM_SERVICE_ERROR',
    ]);
  });

  it('of writes is one request each', async () => {
    await start(() => response('<boolean>1</boolean>'));
    expect(await open.ask(shop.rename, ...inputs)).toEqual([true, true, true]);
    expect(server.asked.map(isMulticall)).toEqual([false, false, false]);
  });

  it('is never tried where the datasource says so', async () => {
    await start(single, { multicall: 'never' });
    expect(await askThrice()).toEqual(items);
    expect(server.asked.some(isMulticall)).toBe(false);
  });
});

describe('a server whose multicall is no good loses no answer and is asked singly from then on', () => {
  const oddities: [string, (asked: Asked) => Answer][] = [
    ['unknown method', () => fault('<int>-32601</int>', 'server error. requested method not found')],
    ['unknown method of supervisord', () => fault('<int>1</int>', 'UNKNOWN_METHOD')],
    [
      'unknown method with status 404 and plain text',
      () => ({ status: 404, body: 'Not Found', headers: { 'content-type': 'text/plain' } }),
    ],
    ['unknown method answered by an empty struct', () => response('<struct>\n</struct>')],
    ['results without the array of one', (asked) => response(arrayOf(...idsIn(asked).map(struct1)))],
    ['one fault in place of the whole answer', () => fault('<int>4</int>', 'Too many parameters.')],
    ['the wrong count', () => response(arrayOf(arrayOf(struct1(1))))],
    [
      'too many results',
      (asked) => response(arrayOf(...[...idsIn(asked), '9'].map((id) => arrayOf(struct1(id))))),
    ],
    ['an empty answer', () => ''],
    ['a page', () => ({ status: 500, body: '<html><body>Internal Server Error</body></html>' })],
    ['a string', () => response('not supported')],
    ['null', () => '<?xml version="1.0"?><methodResponse><params/></methodResponse>'],
  ];

  it.each(oddities)('%s', async (_, odd) => {
    await start((asked) => (isMulticall(asked) ? odd(asked) : single(asked)));
    expect(await askThrice()).toEqual(items);
    expect(await askThrice()).toEqual(items);
    expect(server.asked.map(isMulticall)).toEqual([true, ...new Array(6).fill(false)]);
  });

  it('even when the attempt is over before all the others are answered', async () => {
    const controller = new AbortController();
    await start((asked) => {
      if (isMulticall(asked)) return fault('1', 'no');
      if (idsIn(asked)[0] !== '1') return undefined;
      setTimeout(() => controller.abort(new Error('too late')), 20);
      return single(asked);
    });
    const transport = await shop[datasourceInfo].open({ settings: { url: server.url }, log: noLog });
    const { call } = transport.prepare(shop.item.info.spec.spec, 'shop.item');
    const outcomes = await call(inputs, contextOf({ signal: controller.signal }));
    expect(outcomes.map(plain)).toEqual([{ id: 1 }, 'too late', 'too late']);
    await call([{ id: 1 }, { id: 1 }], contextOf());
    expect(server.asked.map(isMulticall)).toEqual([true, ...new Array(5).fill(false)]);
    await transport.close?.();
  });

  it('and says so once, in the log', async () => {
    const warnings: object[] = [];
    const log = { ...noLog, warn: (fields: object) => warnings.push(fields) };
    await start((asked) => (isMulticall(asked) ? fault('1', 'no') : single(asked)));
    const transport = await shop[datasourceInfo].open({ settings: { url: server.url }, log });
    const { call } = transport.prepare(shop.item.info.spec.spec, 'shop.item');
    await Promise.all([call(inputs, contextOf()), call(inputs, contextOf())]);
    await call(inputs, contextOf());
    await transport.close?.();
    expect(warnings).toEqual([{ datasource: 'shop', reason: 'fault 1' }]);
  });
});

describe('a multicall is not blamed', () => {
  it('for a fault that every single call answers too: it is tried again', async () => {
    let locked = true;
    await start((asked) => {
      if (locked) return fault('<int>401</int>', 'Log in first');
      return isMulticall(asked)
        ? response(arrayOf(...idsIn(asked).map((id) => arrayOf(struct1(id)))))
        : single(asked);
    });
    expect(await askThrice()).toEqual(new Array(3).fill('DOWNSTREAM_SERVICE_ERROR'));
    locked = false;
    expect(await askThrice()).toEqual(items);
    expect(server.asked.map(isMulticall)).toEqual([true, false, false, false, true]);
  });

  it('while the server answers nothing that can be read, and is then asked one input more, not all', async () => {
    await start(() => '<html>maintenance</html>');
    expect(await askThrice()).toEqual(new Array(3).fill('UPSTREAM_INVALID_RESPONSE'));
    expect(server.asked).toHaveLength(2);
  });

  it('while the server is overloaded: nothing else is sent', async () => {
    await start(() => ({ status: 503, headers: { 'retry-after': '3600' }, body: 'busy' }));
    const outcomes = await open.ask(shop.item, ...inputs);
    expect(outcomes.map(plain)).toEqual(new Array(3).fill('UPSTREAM_UNAVAILABLE'));
    expect((outcomes[0] as { retryAfterMs?: number }).retryAfterMs).toBe(3_600_000);
    expect(server.asked).toHaveLength(1);
  });

  it('for an answer that is cut once it has worked', async () => {
    await start((asked, count) =>
      count === 2
        ? response('<array>').slice(0, 80)
        : response(arrayOf(...idsIn(asked).map((id) => arrayOf(struct1(id))))),
    );
    expect(await askThrice()).toEqual(items);
    expect(await askThrice()).toEqual(new Array(3).fill('UPSTREAM_INVALID_RESPONSE'));
    expect(await askThrice()).toEqual(items);
    expect(server.asked.map(isMulticall)).toEqual([true, true, true]);
  });
});

describe('a server that puts bare results in the list', () => {
  const lists = {
    ...operations,
    list: method<{ id: number }, string[]>('shop.list', { params: ['id'], result: array(string()) }),
  };

  it('is understood where the datasource says so', async () => {
    await start((asked) => response(arrayOf(...idsIn(asked).map(struct1))), { multicall: 'bare' });
    expect(await askThrice()).toEqual(items);
    expect(server.asked).toHaveLength(1);
  });

  it('is told apart from lists of one, where the result is declared to be a list', async () => {
    server = await rawServer((asked) =>
      isMulticall(asked)
        ? response(arrayOf(arrayOf('a'), arrayOf('b')))
        : response(arrayOf(`${idsIn(asked)[0]}`)),
    );
    const lister = xmlrpc('shop', { url: server.url, operations: lists });
    open = await opened(lister);
    expect(await open.ask(lister.list, { id: 1 }, { id: 2 })).toEqual([['1'], ['2']]);
    expect(server.asked.map(isMulticall)).toEqual([true, false, false]);
  });

  it('may put a fault there as well', async () => {
    await start(
      () => response(arrayOf(struct1(1), faultStruct('<int>10</int>', 'BAD_NAME'), '<int>3</int>')),
      {
        multicall: 'bare',
        onFault: { 10: 'NOT_FOUND' },
      },
    );
    expect(await askThrice()).toEqual([{ id: 1 }, 'NOT_FOUND', 'UPSTREAM_INVALID_RESPONSE']);
    expect(server.asked.filter(isMulticall)).toHaveLength(1);
  });
});
