import { hourOf } from './billing-period.ts';
import { isBilled, type UsageEvent } from './usage-event.ts';

/** What the operations of one app, key, document and hour add up to. */
export interface Rollup {
  readonly app: string;
  readonly key: string;
  readonly operation: string;
  readonly hour: number;
  readonly name: string | null;
  /** Operations that began. */
  calls: number;
  /** Of them, those that are billed. */
  billed: number;
  /** Of the billed ones, those whose client left. */
  aborted: number;
  /** Of the calls, those that gave no data. */
  failed: number;
  /** Requests that were refused before anything began. */
  refused: number;
  /** Units that are billed. */
  units: number;
  bytes: number;
  micros: number;
  /** How many of what: `code`, `field`, `upstream`, `latency`; by a line feed between kind and name. */
  readonly details: Map<string, number>;
}

/** Upper bounds of the buckets of times, in milliseconds; what took longer than the last is in a bucket without bound. */
export const latencyBounds: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
];

/** The bucket of a time: `50` for what took more than 20 and at most 50 ms, `more` for what took longer than all. */
export function latencyBucket(micros: number): string {
  const bound = latencyBounds.find((each) => micros <= each * 1_000);
  return bound === undefined ? 'more' : String(bound);
}

/** A clock may be ahead by so many hours; what is later than that is counted in the present hour. */
const mostAheadHours = 1;

/** The hour in which an event is counted: that of its own time, unless a clock was set wrong. */
export function bookedHour(event: UsageEvent, now: number): number {
  const [hour, present] = [hourOf(event.at), hourOf(now)];
  return hour > present + mostAheadHours ? present : hour;
}

/** Adds events up, in the order in which their rows are written: two shippers never wait for each other in a circle. */
export function rollUp(events: readonly (readonly [event: UsageEvent, hour: number])[]): readonly Rollup[] {
  const rollups = new Map<string, Rollup>();
  for (const [event, hour] of events) {
    const name = [event.app, event.key, event.operation, String(hour)].join('\n');
    let rollup = rollups.get(name);
    if (rollup === undefined) {
      rollup = emptyRollup(event, hour);
      rollups.set(name, rollup);
    }
    add(rollup, event);
  }
  return [...rollups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rollup]) => rollup);
}

function emptyRollup({ app, key, operation, name }: UsageEvent, hour: number): Rollup {
  return {
    app,
    key,
    operation,
    hour,
    name: name ?? null,
    calls: 0,
    billed: 0,
    aborted: 0,
    failed: 0,
    refused: 0,
    units: 0,
    bytes: 0,
    micros: 0,
    details: new Map(),
  };
}

function add(
  rollup: Rollup,
  { outcome, code, count, units, bytes, micros, fields, upstream }: UsageEvent,
): void {
  const { details } = rollup;
  const detail = (kind: string, name: string, by: number): void => {
    const place = `${kind}\n${name}`;
    details.set(place, (details.get(place) ?? 0) + by);
  };
  if (code !== undefined) detail('code', code, count);
  if (outcome === 'refused') {
    rollup.refused += count;
    return;
  }
  rollup.calls += count;
  if (outcome === 'error') rollup.failed += count;
  if (outcome === 'aborted') rollup.aborted += count;
  if (isBilled(outcome)) {
    rollup.billed += count;
    rollup.units += units;
  }
  rollup.bytes += bytes;
  rollup.micros += micros;
  detail('latency', latencyBucket(micros), count);
  for (const field of fields) detail('field', field, count);
  for (const [datasource, calls] of Object.entries(upstream)) detail('upstream', datasource, calls);
}
