/** What Node itself costs: a body is read and parsed, and a ready text of the same length is answered. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const articles = Array.from({ length: 20 }, (_, index) => ({
  id: String(index),
  title: `Article number ${index}`,
  price: `${index}.99`,
}));
const answer = JSON.stringify({ data: { articles } });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, headers).end(answer);
  });
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
