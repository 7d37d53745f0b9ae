/** Dates of XML-RPC: every server writes them its own way, and most leave the time zone out. */

const DATE =
  /^(\d{4})(-?)(\d{2})\2(\d{2})[Tt ](\d{2})(:?)(\d{2})\6(\d{2})([.,]\d{1,9})?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;
const ZONE = /^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** Whether a text may be the time zone of a server: `Z`, `+02:00`. */
export function isTimeZone(text: string): boolean {
  return ZONE.test(text);
}

/**
 * A `dateTime.iso8601` as an ISO 8601 string: `19980717T14:08:55` becomes `1998-07-17T14:08:55`, with the zone of the
 * server where one is known and the text has none. A fraction of zeros goes, any other stays; `+0000` becomes `Z`.
 * `undefined` when the text is no date, or the day does not exist.
 *
 * Source: XML-RPC specification ("Scalar <value>s"), ISO 8601; Apache's `ex:dateTime`.
 */
export function parseDate(text: string, timeZone?: string): string | undefined {
  const match = DATE.exec(text.trim());
  if (match === null) return undefined;
  const [, year = '', , month = '', day = '', hour = '', , minute = '', second = '', fraction, offset] =
    match;
  if (!exists(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zone = offset === undefined ? (timeZone ?? '') : zoneOf(offset);
  if (zone !== '' && !isTimeZone(zone)) return undefined;
  const digits = fraction === undefined || /^[.,]0*$/.test(fraction) ? '' : `.${fraction.slice(1)}`;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${digits}${zone}`;
}

/**
 * An ISO 8601 string (or `Date`) as the specification writes it, `19980717T14:08:55`, in the time zone of the server
 * (UTC where none is known). A text without an offset goes out as it is; a fraction of a second is cut: the
 * specification has none. `undefined` when the value is no date.
 */
export function formatDate(value: unknown, timeZone = 'Z'): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : shifted(value, timeZone);
  const iso = typeof value === 'string' ? parseDate(value) : undefined;
  if (iso === undefined) return undefined;
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(iso) ? shifted(new Date(iso), timeZone) : compact(iso);
}

function shifted(instant: Date, timeZone: string): string | undefined {
  const local = new Date(instant.getTime() + offsetMs(timeZone));
  const year = local.getUTCFullYear();
  return year >= 0 && year <= 9999 ? compact(local.toISOString()) : undefined;
}

function compact(iso: string): string {
  return `${iso.slice(0, 10).replaceAll('-', '')}${iso.slice(10, 19)}`;
}

function zoneOf(offset: string): string {
  if (/^(?:z|[+-]00:?(?:00)?)$/i.test(offset)) return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function exists(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  // Day 0 of the next month is the last of this one. setUTCFullYear: Date.UTC takes the years 0 to 99 for 1900 on.
  return day <= new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
}
