import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineOf, readLines } from '../../../src/access/usage/event-line.ts';
import {
  cutTornTail,
  readSegment,
  segmentOf,
  segmentsIn,
  sizeOf,
} from '../../../src/access/usage/segments.ts';
import type { UsageEvent } from '../../../src/access/usage/usage-event.ts';
import { UsageLog, type UsageLogOptions } from '../../../src/access/usage/usage-log.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { event } from './used.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function openLog(changes: Partial<UsageLogOptions> = {}): UsageLog {
  const sizes = { segmentBytes: 8_388_608, maxBytes: 1_073_741_824 };
  return new UsageLog({ directory, strict: false, ...sizes, log: noLog, ...changes });
}

const eventsIn = (number: number) => {
  const segment = segmentOf(directory, number);
  return readLines(readSegment(segment, 0, sizeOf(segment)), 1_000_000).events;
};

describe('a line of the usage log', () => {
  it('reads back what was written, whatever stands in it', () => {
    const written = event(1, { name: 'Zwölf\n"Rides"\u2028', code: 'NOT_FOUND', fields: ['Ride.driver'] });
    expect(readLines(Buffer.from(lineOf(written)), 10)).toEqual({
      events: [written],
      bytes: Buffer.byteLength(lineOf(written)),
      spoiled: 0,
    });
  });

  it('tells events apart that differ in one thing alone', () => {
    const changes: Partial<UsageEvent>[] = [
      ...[{ key: 'other' }, { app: 'other' }, { caller: 'other' }, { audience: 'OPEN' as const }],
      ...[{ operation: 'other' }, { name: undefined }, { kind: 'mutation' }, { node: 'other' }],
      ...[{ request: '"' }, { outcome: 'error' as const, code: 'CONFLICT' }, { upstream: { things: 2 } }],
      ...[{ fields: ['Ride.driver'] }, { units: 7 }, { bytes: 7 }, { micros: 7 }, { count: 7 }, { seq: 9 }],
    ];
    const written = changes.flatMap((change) => [event(1), event(1, change)]);
    expect(readLines(Buffer.from(written.map(lineOf).join('')), 100).events).toEqual(written);
  });

  it('leaves a line that is not whole for later', () => {
    const whole = lineOf(event(1));
    expect(readLines(Buffer.from(whole + lineOf(event(2)).slice(0, -1)), 10)).toMatchObject({
      events: [{ seq: 1 }],
      bytes: whole.length,
    });
  });

  it('passes over a line whose checksum does not fit, and tells of it', () => {
    const bent = lineOf(event(2)).replace('"units":12', '"units":13');
    const read = readLines(Buffer.from(lineOf(event(1)) + bent + lineOf(event(3))), 10);
    expect(read.events.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(read.spoiled).toBe(1);
  });
});

describe('the usage log', () => {
  it('has a line in the hands of the kernel when `append` comes back', () => {
    const log = openLog();
    expect(log.append(event(1))).toBeUndefined();
    expect(eventsIn(1)).toEqual([event(1)]);
    return log.close();
  });

  it('begins a new segment before one grows beyond its bound, and loses no line at the seam', async () => {
    const log = openLog({ segmentBytes: 2_000 });
    for (let seq = 1; seq <= 20; seq++) log.append(event(seq));
    await log.close();
    const segments = segmentsIn(directory);
    expect(segments.length).toBeGreaterThan(3);
    for (const segment of segments) expect(sizeOf(segment)).toBeLessThanOrEqual(2_000);
    expect(segments.flatMap(({ number }) => eventsIn(number).map(({ seq }) => seq))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('cuts off the line that a process was writing when it died, and nothing else', () => {
    const whole = lineOf(event(1)) + lineOf(event(2));
    writeFileSync(join(directory, '00000001.log'), whole + lineOf(event(3)).slice(0, 40));
    expect(cutTornTail(segmentOf(directory, 1))).toBe(40);
    expect(readFileSync(join(directory, '00000001.log'), 'utf8')).toBe(whole);
    expect(cutTornTail(segmentOf(directory, 1))).toBe(0);
  });

  it('cuts a file without one whole line down to nothing', () => {
    appendFileSync(join(directory, '00000001.log'), 'x'.repeat(300_000));
    cutTornTail(segmentOf(directory, 1));
    expect(statSync(join(directory, '00000001.log')).size).toBeLessThanOrEqual(300_000 - 2 * 65_536);
  });

  it('is readable by its own user alone', () => {
    const log = openLog();
    expect(statSync(join(directory, readdirSync(directory)[0] as string)).mode & 0o777).toBe(0o600);
    return log.close();
  });

  it('strict: resolves after the line is on the disk, many with one turn', async () => {
    const log = openLog({ strict: true });
    const appended = [1, 2, 3, 4].map((seq) => log.append(event(seq)));
    expect(appended.every((each) => each instanceof Promise)).toBe(true);
    await Promise.all(appended);
    expect(eventsIn(1)).toHaveLength(4);
    await log.close();
  });
});

describe('a disk that takes nothing (O02)', () => {
  /** A disk that is full while `full` says so; it takes half of a line first. */
  function disk() {
    const state = { full: false };
    const write = (file: number, text: string): number => {
      if (!state.full) return writeSync(file, text);
      writeSync(file, text.slice(0, 20));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    return { state, write };
  }

  it('O02: keeps usage in memory, answers all the same, and writes it in order when there is room again', async () => {
    const { state, write } = disk();
    const log = openLog({ write });
    log.append(event(1));
    state.full = true;
    log.append(event(2));
    log.append(event(3));
    expect(log.kept).toBe(2);
    expect(log.fault).toBe('ENOSPC: no space left on device');
    state.full = false;
    await log.close();
    expect(eventsIn(1).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(log.lost).toBe(0);
  });

  it('O02: counts what is lost when memory is full too, and tells once', async () => {
    const { state, write } = disk();
    const told: string[] = [];
    const log = openLog({ write, log: { ...noLog, error: (_, message) => told.push(message) } });
    state.full = true;
    for (let seq = 0; seq < 10_005; seq++) log.append(event(seq));
    expect([log.kept, log.lost]).toEqual([10_000, 5]);
    expect(told.filter((message) => message.startsWith('Usage is lost'))).toHaveLength(1);
    state.full = false;
    await log.close();
    expect(eventsIn(1)).toHaveLength(10_000);
  });

  it('O02: a strict log refuses before anything begins, and an answer whose usage is not on the disk', async () => {
    const { state, write } = disk();
    const log = openLog({ write, strict: true });
    log.check();
    state.full = true;
    await expect(log.append(event(1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(() => log.check()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    expect(log.kept).toBe(0);
    await log.close();
    expect(eventsIn(1)).toEqual([]);
  });

  it('M03: takes no more than `maxBytes`, drops nothing that was written, and goes on when some was shipped', async () => {
    const size = lineOf(event(1)).length;
    const log = openLog({ maxBytes: size * 3, segmentBytes: size * 2 });
    for (let seq = 1; seq <= 5; seq++) log.append(event(seq));
    expect(log.bytes).toBe(size * 3);
    expect(log.kept).toBe(2);
    expect(eventsIn(1).map(({ seq }) => seq)).toEqual([1, 2]);
    log.released(size * 2);
    await log.close();
    expect(eventsIn(2).map(({ seq }) => seq)).toContain(3);
    expect(log.lost).toBe(0);
  });
});
