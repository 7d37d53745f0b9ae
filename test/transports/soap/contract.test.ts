import { merge } from '../../../src/operations/adapters/merge.ts';
import { change, request } from '../../../src/transports/soap/builders.ts';
import { soap } from '../../../src/transports/soap/soap.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import type { Item } from '../../contracts/world.ts';
import { deferred } from '../../support/operations.ts';
import { itemServer } from './item-server.ts';
import { shopWsdl } from './shop.ts';

const everything = ['echo', 'rename', 'big', 'garbage', 'slow', 'stop'] as const;

describeTransport('SOAP, by a bulk operation', { batches: true }, () => fixture('bulk'), everything);
describeTransport(
  'SOAP, one by one',
  { batches: false, failsByKey: 'DOWNSTREAM_SERVICE_ERROR' },
  () => fixture('single'),
  everything,
);

async function fixture(by: 'bulk' | 'single'): Promise<TransportFixture> {
  const began = deferred<void>();
  const ended = deferred<void>();
  const server = await itemServer({ slowBegan: began.resolve, slowEnded: ended.resolve });
  const getItems = request<{ id: readonly string[] }, { item: Item[] }>('GetItems');
  const items = soap('items', {
    wsdl: shopWsdl,
    url: server.url,
    maxResponseBytes: 100_000,
    operations: {
      item:
        by === 'bulk'
          ? merge(getItems, { list: 'id', key: 'id', match: 'id', answer: 'item' })
          : request<{ id: string }, Item | null>('GetItem', { answer: 'item', onFault: { ShopFault: null } }),
      itemsOf: request<{ owner: string }, Item[]>('FindByOwner', { answer: 'item' }),
      echo: request<{ text: string }, { text: string }>('Echo'),
      rename: change<{ id: string; name: string }, Item>('Rename', { answer: 'item' }),
      big: request<Record<never, never>, unknown>('Big'),
      garbage: request<Record<never, never>, unknown>('Garbage'),
      slow: request<Record<never, never>, unknown>('Slow'),
    },
  });
  return {
    datasource: items,
    operations: items,
    requests: () => server.received.filter(({ method }) => method === 'POST').length,
    slowBegan: () => began.promise,
    slowEnded: () => ended.promise,
    stop: server.stop,
    close: server.stop,
  };
}
