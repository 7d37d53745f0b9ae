import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import type { Anomaly } from '../../../src/access/anomalies/observation.ts';
import { openWebhook } from '../../../src/access/anomalies/webhook.ts';
import { noLog } from '../../../src/telemetry/log.ts';

const anomaly: Anomaly = {
  signal: 'id-walk',
  severity: 'alert',
  subject: { kind: 'key', name: 'key000000001' },
  at: Date.UTC(2026, 0, 5, 9),
  figures: { ids: 200 },
};

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers with one status after the other, and resolves with each request. */
async function receiver(statuses: readonly number[]) {
  const received: Received[] = [];
  let told: () => void = () => {};
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(statuses[received.length - 1] ?? 204, { location: 'http://127.0.0.1:1/' }).end();
    told();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const many = (count: number) =>
    new Promise<readonly Received[]>((resolve) => {
      told = () => received.length >= count && resolve(received);
      told();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`, many, received };
}

const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((webhook) => webhook.close())));

it('posts an anomaly as JSON, signed', async () => {
  const { url, many } = await receiver([]);
  const webhook = openWebhook({ url, secret: 'shared', log: noLog });
  open.push(webhook);
  webhook.tell(anomaly);
  const [message] = await many(1);
  expect(JSON.parse(message?.body ?? '')).toEqual({ ...anomaly, at: '2026-01-05T09:00:00.000Z' });
  const expected = createHmac('sha256', 'shared')
    .update(message?.body ?? '')
    .digest('hex');
  expect(message?.headers['x-tributary-signature']).toBe(`sha256=${expected}`);
});

it('tries three times, and follows no redirect', async () => {
  const { url, many, received } = await receiver([500, 302, 204]);
  const webhook = openWebhook({ url, secret: undefined, log: noLog, pausesMs: [1, 1] });
  open.push(webhook);
  webhook.tell(anomaly);
  await many(3);
  webhook.tell({ ...anomaly, signal: 'cost' });
  await many(4);
  expect(received.map(({ body }) => JSON.parse(body).signal)).toEqual([
    'id-walk',
    'id-walk',
    'id-walk',
    'cost',
  ]);
});

it('gives up what cannot be told, says so in the log, and ends at once when it is closed', async () => {
  const warned: string[] = [];
  const log = { ...noLog, warn: (_: object, message: string) => void warned.push(message) };
  const webhook = openWebhook({ url: 'http://127.0.0.1:1/', secret: undefined, log, pausesMs: [3_600_000] });
  for (let index = 0; index < 150; index++) webhook.tell(anomaly);
  await webhook.close();
  expect(warned.filter((message) => message.includes('too many wait'))).toHaveLength(49);
  expect(warned.filter((message) => message.includes('could not be told'))).toHaveLength(1);
});
