import { createHmac } from 'node:crypto';
import { request } from 'undici';
import type { Log } from '../../telemetry/log.ts';
import type { Anomaly } from './observation.ts';

export interface WebhookOptions {
  /** Where anomalies are told; `https://` outside of this machine. */
  readonly url: string;
  /** Signs each message, so that its reader knows where it came from. */
  readonly secret: string | undefined;
  readonly log: Log;
  /** How long one attempt may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Pauses before the attempts after the first. @default 1 s, 10 s */
  readonly pausesMs?: readonly number[];
}

/** Tells anomalies to somebody else's address, in the background. */
export interface Webhook {
  tell(anomaly: Anomaly): void;
  /** Resolves when what was under way has been told or given up; nothing new is told. */
  close(): Promise<void>;
}

/** More than these wait for an address that does not answer: then the newest is dropped, and the log has it all the same. */
const mostWaiting = 100;

/**
 * Posts each anomaly as JSON, one after the other, three times at most. With a secret the header `x-tributary-signature`
 * holds `sha256=` and the HMAC of the body in hexadecimal digits. Redirects are not followed.
 */
export function openWebhook(options: WebhookOptions): Webhook {
  const { log, pausesMs = [1_000, 10_000] } = options;
  const waiting: Anomaly[] = [];
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!(await deliver(next, options, pausesMs, stopping.signal)))
        log.warn({ signal: next.signal }, 'An anomaly could not be told to the webhook.');
    }
    running = undefined;
  };
  return {
    tell(anomaly) {
      if (stopping.signal.aborted) return;
      if (waiting.length >= mostWaiting) {
        log.warn({ signal: anomaly.signal }, 'An anomaly was not told: too many wait for the webhook.');
        return;
      }
      waiting.push(anomaly);
      running ??= run();
    },
    async close() {
      stopping.abort();
      waiting.length = 0;
      await running;
    },
  };
}

async function deliver(
  anomaly: Anomaly,
  options: WebhookOptions,
  pausesMs: readonly number[],
  stopping: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify({ ...anomaly, at: new Date(anomaly.at).toISOString() });
  for (let attempt = 0; ; attempt++) {
    if (await post(body, options, stopping)) return true;
    const pauseMs = pausesMs[attempt];
    if (pauseMs === undefined || stopping.aborted) return false;
    await pause(pauseMs, stopping);
  }
}

async function post(
  body: string,
  { url, secret, timeoutMs = 5_000 }: WebhookOptions,
  stopping: AbortSignal,
): Promise<boolean> {
  const signature =
    secret === undefined
      ? {}
      : { 'x-tributary-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signature },
      body,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
    });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300;
  } catch {
    return false;
  }
}

function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopping.addEventListener('abort', end, { once: true });
  });
}
