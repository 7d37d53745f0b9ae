import type { ColumnType } from './column.ts';

/** Turns what a driver gives for a value that is not null into JSON. Throws a `ValueError` where it cannot be exact. */
export type Reader = (raw: unknown) => unknown;

/** A value that its declared type does not fit. The message goes to the log. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** How values of a declared type are read, whatever the database: exact, and the same text for the same value. */
export function readerOf(type: ColumnType, scale?: number): Reader {
  return type === 'decimal' && scale !== undefined ? (raw) => readScaled(raw, scale) : readers[type];
}

const readers: Readonly<Record<ColumnType, Reader>> = {
  text: (raw) => (typeof raw === 'string' ? raw : textOf(raw)),
  int: readInt,
  bigint: readBigint,
  decimal: readDecimal,
  float: readFloat,
  boolean: readBoolean,
  date: readDate,
  timestamp: readTimestamp,
  json: (raw) => readJson(textOf(raw)),
  bytes: (raw) => bufferOf(raw).toString('base64'),
};

function readInt(raw: unknown): number {
  const number = typeof raw === 'number' ? raw : Number(textOf(raw));
  if (Number.isSafeInteger(number)) return number;
  throw new ValueError(`not a whole number within 2^53: declare it with \`column.bigint\``);
}

function readBigint(raw: unknown): string {
  if (typeof raw === 'bigint') return raw.toString();
  const text = textOf(raw);
  const isExact = typeof raw !== 'number' || Number.isSafeInteger(raw);
  if (isExact && /^-?\d+$/.test(text)) return text;
  throw new ValueError('not a whole number');
}

/** As the database wrote it. A float is taken only where its shortest decimal is what was stored: up to 15 digits. */
function readDecimal(raw: unknown): string {
  if (typeof raw === 'number') {
    const text = plainText(raw);
    const significant = text.replace(/\D/g, '').replace(/^0+|0+$/g, '');
    if (significant.length <= 15) return text;
    throw new ValueError('a decimal that was stored as a float has lost digits: store it as text');
  }
  const text = textOf(raw);
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  throw new ValueError('not a decimal');
}

function readScaled(raw: unknown, scale: number): string {
  const [whole = '', fraction = ''] = readDecimal(raw).split('.');
  if (/[^0]/.test(fraction.slice(scale)))
    throw new ValueError(`a decimal with more than ${scale} digits after the point`);
  return scale === 0 ? whole : `${whole}.${fraction.slice(0, scale).padEnd(scale, '0')}`;
}

function readFloat(raw: unknown): number {
  const number = typeof raw === 'number' ? raw : Number(textOf(raw));
  if (Number.isFinite(number)) return number;
  throw new ValueError('NaN or an infinity, which JSON does not have');
}

function readBoolean(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  if (raw instanceof Uint8Array && raw.length === 1) return raw[0] !== 0;
  const text = textOf(raw);
  if (text === '1' || text === 't' || text === 'true') return true;
  if (text === '0' || text === 'f' || text === 'false') return false;
  throw new ValueError('not a boolean');
}

function readDate(raw: unknown): string {
  const text = textOf(raw);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && text !== '0000-00-00') return text;
  const midnight = /^(\d{4}-\d\d-\d\d)[ T]00:00(:00(\.0+)?)?Z?$/.exec(text)?.[1];
  if (midnight !== undefined) return midnight;
  throw new ValueError('not a day of the years 0001 to 9999');
}

const instant =
  /^((?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[ T]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?)?\s?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/i;

/** ISO 8601 in UTC with milliseconds, and with microseconds where there are any. Text without a zone is UTC. */
function readTimestamp(raw: unknown): string {
  const match = instant.exec(textOf(raw));
  if (match === null) throw new ValueError('not an instant of the years 0001 to 9999');
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const digits = fraction.padEnd(6, '0').slice(0, 6);
  const shown = digits.endsWith('000') ? digits.slice(0, 3) : digits;
  if (isUtc(zone)) return `${day}T${minutes}:${seconds}.${shown}Z`;
  const atMs = Date.parse(`${day}T${minutes}:${seconds}Z`) - zoneMs(zone);
  if (Number.isNaN(atMs)) throw new ValueError('not an instant');
  return `${new Date(atMs).toISOString().slice(0, 19)}.${shown}Z`;
}

function isUtc(zone: string): boolean {
  return zone === 'Z' || zone === '+00' || /^([-+]00(:?00)*|z)$/.test(zone);
}

function zoneMs(zone: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = zone.slice(1).match(/\d\d/g) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return zone.startsWith('-') ? -ms : ms;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueError('not JSON');
  }
}

function bufferOf(raw: unknown): Buffer {
  if (raw instanceof Uint8Array) return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  return Buffer.from(textOf(raw), 'utf8');
}

function textOf(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'number') return plainText(raw);
  return raw instanceof Uint8Array ? bufferOf(raw).toString('utf8') : String(raw);
}

/** A number without an exponent: `1e21` as its digits. */
function plainText(number: number): string {
  const text = String(number);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponent = '0'] = match;
  const shift = Number(exponent);
  const digits = first + rest;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${digits}`;
  return rest.length <= shift
    ? sign + digits.padEnd(shift + 1, '0')
    : `${sign}${digits.slice(0, shift + 1)}.${digits.slice(shift + 1)}`;
}
