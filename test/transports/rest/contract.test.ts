import { merge } from '../../../src/operations/adapters/merge.ts';
import { orNull } from '../../../src/operations/adapters/or-null.ts';
import { get, patch } from '../../../src/transports/rest/builders.ts';
import { rest } from '../../../src/transports/rest/rest.ts';
import { csv } from '../../../src/transports/rest/slots.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import type { Item } from '../../contracts/world.ts';
import { deferred } from '../../support/operations.ts';
import { itemServer } from './item-server.ts';

const everything = ['echo', 'rename', 'big', 'garbage', 'slow', 'stop'] as const;

describeTransport('REST, by lists', { batches: true }, () => fixture('merged'), everything);
describeTransport(
  'REST, one by one',
  { batches: false, failsByKey: 'DOWNSTREAM_SERVICE_ERROR' },
  () => fixture('single'),
  everything,
);

async function fixture(by: 'merged' | 'single'): Promise<TransportFixture> {
  const began = deferred<void>();
  const ended = deferred<void>();
  const server = await itemServer({ slowBegan: began.resolve, slowEnded: ended.resolve });
  const itemsByIds = get<{ ids: readonly string[] }, { items: Item[] }>('/items', {
    query: { ids: csv('ids') },
  });
  const itemsByOwners = get<{ owners: readonly string[] }, Item[]>('/items', {
    query: { owners: csv('owners') },
    answer: 'items',
  });
  const items = rest('items', {
    baseUrl: `${server.url}/v1/`,
    maxResponseBytes: 100_000,
    operations: {
      item:
        by === 'merged'
          ? merge(itemsByIds, { list: 'ids', key: 'id', match: 'id', answer: 'items' })
          : orNull(get<{ id: string }, Item>('/items/{id}')),
      itemsOf: merge(itemsByOwners, { list: 'owners', key: 'owner', match: 'owner', many: true }),
      echo: get<{ text: string }, { text: string }>('/echo'),
      rename: patch<{ id: string; name: string }, Item>('/items/{id}'),
      big: get<Record<never, never>, unknown>('/big'),
      garbage: get<Record<never, never>, unknown>('/garbage'),
      slow: get<Record<never, never>, unknown>('/slow'),
    },
  });
  return {
    datasource: items,
    operations: items,
    requests: () => server.received.filter(({ url }) => url !== '/v1/health').length,
    slowBegan: () => began.promise,
    slowEnded: () => ended.promise,
    stop: server.stop,
    close: server.stop,
  };
}
