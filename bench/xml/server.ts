/** The service of the benchmark in a process of its own: `/200` answers 200 records, `?wsdl` the description. All answers are ready buffers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, WSDL } from './records.ts';

const answers = new Map([1, 200].map((count) => [`/${count}`, Buffer.from(answer(count))]));
const server = createServer((request, response) => {
  request.resume();
  const url = request.url ?? '/';
  response.setHeader('content-type', 'text/xml; charset=utf-8');
  response.end(url.endsWith('?wsdl') ? WSDL : answers.get(url));
});
server.listen(0, '127.0.0.1', () =>
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.once('SIGTERM', () => process.exit(0));
