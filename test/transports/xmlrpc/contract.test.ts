import { array, i8, nil, optional, string, struct } from '../../../src/formats/xmlrpc/types.ts';
import { method, procedure } from '../../../src/transports/xmlrpc/builders.ts';
import { xmlrpc } from '../../../src/transports/xmlrpc/xmlrpc.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import type { Item } from '../../contracts/world.ts';
import { deferred } from '../../support/operations.ts';
import { itemServer } from './item-server.ts';

const everything = ['echo', 'rename', 'big', 'garbage', 'slow', 'stop'] as const;

describeTransport(
  'XML-RPC, by multicall',
  { batches: true, failsByKey: 'DOWNSTREAM_SERVICE_ERROR' },
  () => fixture(true),
  everything,
);
describeTransport(
  'XML-RPC, one by one',
  { batches: false, failsByKey: 'DOWNSTREAM_SERVICE_ERROR' },
  () => fixture(false),
  everything,
);

async function fixture(multicall: boolean): Promise<TransportFixture> {
  const began = deferred<void>();
  const ended = deferred<void>();
  const server = await itemServer({ multicall, slowBegan: began.resolve, slowEnded: ended.resolve });
  const item = struct({
    id: string(),
    owner: string(),
    name: string(),
    code: string(),
    amount: i8(),
    note: optional(nil()),
  });
  const items = xmlrpc('items', {
    url: server.url,
    maxResponseBytes: 100_000,
    multicall: multicall ? 'detect' : 'never',
    operations: {
      item: method<{ id: string }, Item | null>('items.get', {
        params: [string('id')],
        result: item,
        onFault: { 404: null },
      }),
      itemsOf: method<{ owner: string }, Item[]>('items.of', {
        params: [string('owner')],
        result: array(item),
      }),
      echo: method<{ text: string }, { text: string }>('echo', { params: [string('text')] }),
      rename: procedure<{ id: string; name: string }, Item>('items.rename', {
        params: [string('id'), string('name')],
      }),
      big: method<Record<never, never>, unknown>('big'),
      garbage: method<Record<never, never>, unknown>('garbage'),
      slow: method<Record<never, never>, unknown>('slow'),
    },
  });
  return {
    datasource: items,
    operations: items,
    requests: () => server.received.filter((received) => received.method === 'POST').length,
    slowBegan: () => began.promise,
    slowEnded: () => ended.promise,
    stop: server.stop,
    close: server.stop,
  };
}
