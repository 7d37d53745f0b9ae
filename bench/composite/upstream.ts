/** The backend of the workload: 100 posts by 10 users, as the public tailcallhq/graphql-benchmarks has it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const users = Array.from({ length: 10 }, (_, index) => ({
  id: index + 1,
  name: `User ${index + 1}`,
  username: `user${index + 1}`,
  email: `user${index + 1}@example.com`,
  phone: '1-770-736-8031 x56442',
  website: 'example.org',
}));
const posts = JSON.stringify(
  Array.from({ length: 100 }, (_, index) => ({
    userId: (index % 10) + 1,
    id: index + 1,
    title: `sunt aut facere repellat provident occaecati ${index + 1}`,
    body: 'quia et suscipit\nsuscipit recusandae consequuntur expedita et cum\nreprehenderit molestiae ut ut quas totam'.repeat(
      2,
    ),
  })),
);

let calls = 0;
const server = createServer((request, response) => {
  const url = new URL(request.url as string, 'http://upstream');
  response.setHeader('content-type', 'application/json');
  if (url.pathname === '/calls') return response.end(JSON.stringify({ total: calls }));
  calls++;
  if (url.pathname === '/posts') return response.end(posts);
  const ids = new Set(url.searchParams.getAll('id').map(Number));
  return response.end(JSON.stringify(users.filter(({ id }) => ids.has(id))));
});
server.listen(0, '127.0.0.1', () =>
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.once('SIGTERM', () => process.exit(0));
