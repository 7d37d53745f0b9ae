import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcile } from '../../src/access/usage/reconcile.ts';
import { shipLeftovers } from '../../src/access/usage/shipper.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { openTestState, type TestState } from '../access/usage/state.ts';

/** Three minutes where that is asked for: `METERING_SECONDS=180`. */
const seconds = Number(process.env.METERING_SECONDS ?? 12);
const killEveryMs = 3_000;
const perSecond = 150;
const replicas = 3;

/** One replica: killed, and started again at once. */
class Replica {
  pool: Pool | undefined;
  #child: ChildProcess | undefined;
  readonly #arguments: readonly string[];

  constructor(...given: readonly string[]) {
    this.#arguments = given;
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, 'harness', 'metered-server.mjs');
    const child = spawn(process.execPath, [program, ...this.#arguments], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const match = /ready (\S+)/.exec(String(chunk));
        if (match !== null) resolve(match[1] as string);
      });
      child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    });
    this.pool = new Pool(new URL(url).origin, { connections: 20 });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    const child = this.#child as ChildProcess;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    await pool?.destroy();
  }
}

describe('usage of three servers that are killed again and again', () => {
  let state: TestState | undefined;
  let missing: string | undefined;
  let directory: string;

  beforeAll(async () => {
    const opened = await openTestState('postgres');
    if ('missing' in opened) missing = opened.missing;
    else state = opened;
    directory = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
  });
  afterAll(async () => {
    await state?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it(
    'M01: holds every request that was answered, none twice, and none that was not sent',
    async (test) => {
      if (state === undefined) return test.skip(missing);
      const { database, url } = state;
      const nodes = Array.from({ length: replicas }, () => new Replica(url, directory));
      await Promise.all(nodes.map((node) => node.start()));
      const acknowledged = new Set<string>();
      const begun = performance.now();
      const isOver = (): boolean => performance.now() - begun > seconds * 1_000;
      let [sent, kills] = [0, 0];
      const asking = new Set<Promise<void>>();

      const ask = async (request: string, node: Replica): Promise<void> => {
        const answer = await node.pool?.request({
          method: 'POST',
          path: '/graphql',
          headers: { 'content-type': 'application/json', 'x-request-id': request },
          body: JSON.stringify({ query: sent % 2 === 0 ? '{ hello }' : '{ thing(id: "1") { name } }' }),
        });
        const text = await answer?.body.text();
        if (answer?.statusCode === 200 && text?.includes('"data"')) acknowledged.add(request);
      };
      const load = async (): Promise<void> => {
        while (!isOver()) {
          const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
          for (; sent < due; sent++) {
            const node = nodes[sent % replicas] as Replica;
            if (node.pool === undefined) continue;
            const asked = ask(`request-${sent}`, node).catch(() => {});
            asking.add(asked);
            void asked.then(() => asking.delete(asked));
          }
          await pause(10);
        }
      };
      const starting = new Set<Promise<void>>();
      const kill = async (): Promise<void> => {
        while (!isOver()) {
          await pause(killEveryMs);
          const up = nodes.filter(({ pool }) => pool !== undefined);
          // One that starts takes its time; the load goes to the others.
          if (up.length < 2) continue;
          const node = up[Math.floor(Math.random() * up.length)] as Replica;
          await node.end('SIGKILL');
          kills += 1;
          const started = node.start();
          starting.add(started);
          void started.then(() => starting.delete(started));
        }
        await Promise.all(starting);
      };
      await Promise.all([load(), kill()]);
      await Promise.all(asking);
      await Promise.all(nodes.map((node) => node.end('SIGTERM')));
      await shipLeftovers(directory, { database, clock: steadyClock, log: noLog, retentionMs: 86_400_000 });

      const rows = await database.all<{ request: string }>('SELECT request FROM usage_events');
      const counted = new Set(rows.map(({ request }) => request));
      console.log(
        JSON.stringify({ seconds, kills, sent, acknowledged: acknowledged.size, counted: rows.length }),
      );
      expect(kills).toBeGreaterThan(0);
      expect(acknowledged.size).toBeGreaterThan(seconds * perSecond * 0.3);
      expect([...acknowledged].filter((request) => !counted.has(request))).toEqual([]);
      expect(rows.length).toBe(counted.size);
      expect(rows.length).toBeLessThanOrEqual(sent);
      const [sums] = await database.all<{ calls: number }>('SELECT SUM(calls) AS calls FROM usage_rollups');
      expect(sums?.calls).toBe(rows.length);
      expect(await reconcile(database, { from: 0, to: 10_000_000 })).toEqual([]);
      expect(readdirSync(directory)).toEqual([]);
    },
    (seconds + 60) * 1_000,
  );
});
