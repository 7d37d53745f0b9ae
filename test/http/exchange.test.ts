import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import { Exchange } from '../../src/http/exchange.ts';
import { openTelemetry } from '../../src/telemetry/telemetry.ts';

/** An exchange whose connection is the test's own: what a socket does within a microtask cannot be timed from outside. */
async function begun() {
  const lines: string[] = [];
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const telemetry = await openTelemetry({ logLevel: 'info', logStream });
  const raw = Object.assign(new EventEmitter(), { writableFinished: false });
  const over: Exchange[] = [];
  const exchange = new Exchange(
    { headers: {} },
    raw as unknown as ServerResponse,
    telemetry,
    1_000,
    (ended) => over.push(ended),
  );
  return { exchange, raw, over, records: () => lines.map((line) => JSON.parse(line) as object) };
}

describe('an exchange', () => {
  it('is recorded with 499 where the client has left, though its operation failed before', async () => {
    const { exchange, raw, over, records } = await begun();
    exchange.executing = true;
    // What the operation does when it has its answer, with errors in it.
    exchange.run.abort(new Error('The operation has its answer.'));
    raw.emit('close');
    exchange.end(200);
    expect(records()).toMatchObject([{ status: 499, codes: ['CLIENT_CLOSED'] }]);
    expect(over).toEqual([exchange]);
  });

  it('is recorded with its own status where the connection ends after the answer', async () => {
    const { exchange, raw, records } = await begun();
    exchange.executing = true;
    exchange.end(200);
    raw.writableFinished = true;
    raw.emit('close');
    expect(records()).toMatchObject([{ status: 200, codes: [] }]);
    expect(exchange.run.signal.aborted).toBe(false);
  });

  it('has a signal that is aborted, however late somebody asks for it', async () => {
    const { exchange, raw } = await begun();
    raw.emit('close');
    expect(exchange.run.signal.aborted).toBe(true);
    expect(exchange.run.signal.reason).toBeInstanceOf(TributaryError);
    expect(exchange.run.signal).toBe(exchange.run.signal);
  });
});
