import { Problem } from './validate.ts';

/** Times of many habits in, instants in UTC out: `2025-06-30T17:59:00Z`. */

const iso = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;
const german = /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d)$/;
const seconds = /^\d{9,10}$/;

/** The company drives since then. */
const earliest = Date.UTC(2010, 0, 1);

/**
 * An instant. `30.06.2025 19:59` is on the clocks of the city; of the two hours when clocks go back the first is meant, and
 * a time that clocks have skipped is none. Ten digits are seconds since 1970.
 */
export function instantOf(field: string, text: string, timeZone: string, now: Date): string | Problem {
  const at = timeOf(text, timeZone);
  if (at === undefined) return new Problem('BAD_TIME', `${field} is no time.`);
  if (at < earliest || at > now.getTime())
    return new Problem('OUT_OF_RANGE', `${field} is before 2010 or in the future.`);
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function timeOf(text: string, timeZone: string): number | undefined {
  if (seconds.test(text)) return Number(text) * 1_000;
  const international = iso.exec(text);
  if (international) {
    const [, year, month, day, hour, minute, second, zone = 'Z'] = international;
    const wall = wallTime([year, month, day, hour, minute, second]);
    return wall === undefined ? undefined : wall - offsetOf(zone);
  }
  const local = german.exec(text);
  if (!local) return undefined;
  const [, day, month, year, hour, minute] = local;
  const wall = wallTime([year, month, day, hour, minute, '0']);
  return wall === undefined ? undefined : onClocks(wall, timeZone);
}

/** The parts as if they were UTC, in milliseconds; nothing where the calendar has no such day or the clock no such hour. */
function wallTime(parts: readonly (string | undefined)[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute &&
    at.getUTCSeconds() === second;
  return same ? at.getTime() : undefined;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The first instant at which the zone's clocks show the wall time. Zones are at most 14 hours from UTC. */
function onClocks(wall: number, timeZone: string): number | undefined {
  const offsets = [wall - 14 * 3_600_000, wall + 14 * 3_600_000].map(
    (around) => clockAt(around, timeZone) - around,
  );
  const instants = offsets.map((offset) => wall - offset).sort((a, b) => a - b);
  return instants.find((instant) => clockAt(instant, timeZone) === wall);
}

/** What the clocks of a zone show at an instant, as if it were UTC, to the minute. */
function clockAt(instant: number, timeZone: string): number {
  const parts = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** The calendar day in a zone as a number: 20250630. */
export function dateKeyOf(instant: string, timeZone: string): number {
  const day = new Date(clockAt(Date.parse(instant), timeZone)).toISOString().slice(0, 10);
  return Number(day.replaceAll('-', ''));
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one is slow; there are as many as cities have zones. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
