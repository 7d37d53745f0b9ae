/** The server that most would write: Apollo Server, DataLoader, `fetch`. The baseline, with nothing done to slow it. */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';

interface User {
  readonly id: number;
}
interface Context {
  readonly users: DataLoader<number, User | undefined>;
}

const upstream = process.env.UPSTREAM_URL as string;
const json = async (path: string): Promise<unknown> => (await fetch(upstream + path)).json();

const server = new ApolloServer<Context>({
  typeDefs: `
    type Query { posts: [Post] }
    type Post { id: Int! userId: Int! title: String body: String user: User }
    type User { id: Int! name: String username: String email: String phone: String website: String }
  `,
  resolvers: {
    Query: { posts: () => json('/posts') },
    Post: { user: (post: { userId: number }, _: unknown, { users }: Context) => users.load(post.userId) },
  },
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => ({
    users: new DataLoader(async (ids: readonly number[]) => {
      const found = (await json(`/users?${ids.map((id) => `id=${id}`).join('&')}`)) as User[];
      return ids.map((id) => found.find((user) => user.id === id));
    }),
  }),
});
console.log(`ready ${url}`);
process.once('SIGTERM', () => process.exit(0));
