import { setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { codeOf, toError } from '../../../src/errors.ts';
import { Pool, type Poolable } from '../../../src/transports/sql/pool.ts';

class Line implements Poolable {
  broken = false;
  closed = false;
  close(): void {
    this.closed = true;
  }
}

function poolOf(max: number, open: () => Promise<Line> = async () => new Line()) {
  const lines: Line[] = [];
  const pool = new Pool<Line>({
    service: 'box',
    max,
    acquireTimeoutMs: 20,
    open: async () => {
      const line = await open();
      lines.push(line);
      return line;
    },
  });
  return { pool, lines };
}

const patient = new AbortController().signal;
setMaxListeners(0, patient);
const codeOfFailure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (thrown) => codeOf(toError(thrown)),
  );

describe('a pool of connections', () => {
  test('opens no more than allowed and lends what is given back', async () => {
    const { pool, lines } = poolOf(2);
    const [first] = await Promise.all([pool.acquire(patient), pool.acquire(patient)]);
    const third = pool.acquire(patient);
    pool.release(first as Line);
    expect(await third).toBe(first);
    expect(lines).toHaveLength(2);
  });

  test('lets a waiter go after its time, or when nobody wants its answer any more', async () => {
    const { pool } = poolOf(1);
    await pool.acquire(patient);
    expect(await codeOfFailure(pool.acquire(patient))).toBe('UPSTREAM_OVERLOADED');
    const client = new AbortController();
    const waiting = pool.acquire(client.signal);
    client.abort();
    expect(await codeOfFailure(waiting)).toBe('CLIENT_CLOSED');
  });

  test('lets only so many wait', async () => {
    const { pool } = poolOf(1);
    await pool.acquire(patient);
    const waiting = Array.from({ length: 100 }, () => codeOfFailure(pool.acquire(patient)));
    const started = performance.now();
    expect(await codeOfFailure(pool.acquire(patient))).toBe('UPSTREAM_OVERLOADED');
    expect(performance.now() - started).toBeLessThan(20);
    await Promise.all(waiting);
  });

  test('throws broken connections away and opens one for the next in line', async () => {
    const { pool, lines } = poolOf(1);
    const line = await pool.acquire(patient);
    const waiting = pool.acquire(patient);
    line.broken = true;
    pool.release(line);
    expect(await waiting).not.toBe(line);
    expect(line.closed).toBe(true);
    expect(lines).toHaveLength(2);
  });

  test('does not lend a connection that died while idle', async () => {
    const { pool } = poolOf(1);
    const line = await pool.acquire(patient);
    pool.release(line);
    line.broken = true;
    expect(await pool.acquire(patient)).not.toBe(line);
  });

  test('loses no place when opening fails', async () => {
    let fails = true;
    const { pool } = poolOf(1, async () => {
      if (fails) throw new Error('down');
      return new Line();
    });
    const failures = await Promise.allSettled([pool.acquire(patient), pool.acquire(patient)]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await pool.acquire(patient)).toBeInstanceOf(Line);
  });

  test('closes when the last connection has come back, and lends none after that', async () => {
    const { pool } = poolOf(2);
    const [lent, idle] = (await Promise.all([pool.acquire(patient), pool.acquire(patient)])) as [Line, Line];
    pool.release(idle);
    const closing = pool.close();
    expect(idle.closed).toBe(true);
    expect(lent.closed).toBe(false);
    expect(await codeOfFailure(pool.acquire(patient))).toBe('UPSTREAM_UNAVAILABLE');
    pool.release(lent);
    await closing;
    expect(lent.closed).toBe(true);
  });
});
