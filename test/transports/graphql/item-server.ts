import { buildSchema, GraphQLError } from 'graphql';
import { createHandler } from 'graphql-http';
import { brokenId, type Item, world } from '../../contracts/world.ts';
import { httpServer, type TestServer } from '../../support/http-server.ts';

export const sdl = `
  "A 64-bit integer, as text."
  scalar Int64
  type Item { id: ID! owner: String! name: String! code: String! amount: Int64! note: String }
  type Echo { text: String! }
  type Query {
    item(id: ID!): Item
    "As \`item\`, of a server that takes an error for the end of everything."
    sureItem(id: ID!): Item!
    items(ids: [ID!]!): [Item!]!
    itemsOf(owner: String!): [Item!]!
    echo(text: String!): Echo!
    big: String!
    garbage: String!
    slow: String!
  }
  type Mutation { rename(id: ID!, name: String!): Item! }
`;

export interface ItemServerOptions {
  slowBegan?(): void;
  slowEnded?(): void;
}

/** The world of the contract, served by graphql-http over the reference implementation. */
export async function itemServer(options: ItemServerOptions = {}): Promise<TestServer> {
  const items = new Map(world.map((item) => [item.id, item]));
  const item = ({ id }: { id: string }): Item | undefined => {
    if (id === brokenId)
      throw new GraphQLError('broken at http://127.0.0.1:9999', {
        extensions: { stacktrace: ['at secret.ts'], token: 'CANARY' },
      });
    return items.get(id);
  };
  const rootValue = {
    item,
    sureItem: item,
    items: ({ ids }: { ids: string[] }) =>
      world.filter(({ id }) => ids.includes(id)).map(({ id }) => items.get(id)),
    itemsOf: ({ owner }: { owner: string }) => world.filter((each) => each.owner === owner),
    echo: ({ text }: { text: string }) => ({ text }),
    big: () => 'x'.repeat(200_000),
    rename({ id, name }: { id: string; name: string }) {
      const renamed = { ...(items.get(id) as Item), name };
      items.set(id, renamed);
      return renamed;
    },
  };
  const handler = createHandler({ schema: buildSchema(sdl), rootValue });
  return httpServer(async ({ body, method, url, headers }, response) => {
    if (body.includes('garbage')) return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>');
    if (body.includes('slow')) {
      response.on('close', () => options.slowEnded?.());
      return options.slowBegan?.();
    }
    const request = { method, url, headers, body, raw: undefined, context: undefined };
    const [answer, { status, headers: given }] = await handler(request as never);
    return response.writeHead(status, given).end(answer);
  });
}
