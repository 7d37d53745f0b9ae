import { merge } from '../../../src/operations/adapters/merge.ts';
import { mutation, query } from '../../../src/transports/graphql/builders.ts';
import { graphql } from '../../../src/transports/graphql/graphql.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import type { Item } from '../../contracts/world.ts';
import { deferred } from '../../support/operations.ts';
import { itemServer } from './item-server.ts';

const everything = ['echo', 'rename', 'big', 'garbage', 'slow', 'stop'] as const;
const broken = 'DOWNSTREAM_SERVICE_ERROR';

describeTransport(
  'GraphQL, by aliases',
  { batches: true, failsByKey: broken },
  () => fixture('aliased'),
  everything,
);
describeTransport('GraphQL, by lists', { batches: true }, () => fixture('merged'), everything);
describeTransport(
  'GraphQL, one by one',
  { batches: false, failsByKey: broken },
  () => fixture('single'),
  everything,
);

async function fixture(by: 'aliased' | 'merged' | 'single'): Promise<TransportFixture> {
  const began = deferred<void>();
  const ended = deferred<void>();
  const server = await itemServer({ slowBegan: began.resolve, slowEnded: ended.resolve });
  const all = 'id owner name code amount note';
  const itemsByIds = query<{ ids: readonly string[] }, Item[]>({
    document: `query Items($ids: [ID!]!) { items(ids: $ids) { ${all} } }`,
  });
  const items = graphql('items', {
    url: `${server.url}/graphql`,
    maxResponseBytes: 100_000,
    aliases: by !== 'single',
    operations: {
      item:
        by === 'merged'
          ? merge(itemsByIds, { list: 'ids', key: 'id', match: 'id' })
          : query<{ id: string }, Item | null>({
              document: `query Item($id: ID!) { item(id: $id) { ...All } } fragment All on Item { ${all} }`,
            }),
      itemsOf: query<{ owner: string }, Item[]>({
        document: `query ItemsOf($owner: String!) { itemsOf(owner: $owner) { ${all} } }`,
      }),
      echo: query<{ text: string }, { text: string }>`query ($text: String!) { echo(text: $text) { text } }`,
      rename: mutation<{ id: string; name: string }, Item>({
        document: `mutation ($id: ID!, $name: String!) { rename(id: $id, name: $name) { ${all} } }`,
      }),
      big: query<Record<never, never>, unknown>`{ big }`,
      garbage: query<Record<never, never>, unknown>`{ garbage }`,
      slow: query<Record<never, never>, unknown>`{ slow }`,
    },
  });
  return {
    datasource: items,
    operations: items,
    requests: () => server.received.filter(({ body }) => !body.includes('__typename')).length,
    slowBegan: () => began.promise,
    slowEnded: () => ended.promise,
    stop: server.stop,
    close: server.stop,
  };
}
