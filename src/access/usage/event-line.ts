import { crc32 } from 'node:zlib';
import { noCalls, type UsageEvent } from './usage-event.ts';

/** No line is longer: what could grow (fields, datasources) is bounded where events are made. */
export const longestLine = 65_536;

const digits = 8;

/** An event as a line of the log: its checksum (CRC-32 of the JSON, eight hexadecimal digits), a space, JSON, a line feed. */
export function lineOf(event: UsageEvent): string {
  const json = jsonOf(event);
  return `${crc32(json).toString(16).padStart(digits, '0')} ${json}\n`;
}

/** What the last event said of who asked what: mostly the next says the same. */
let lastAsked: UsageEvent | undefined;
let lastText = '';

/** As `JSON.stringify`, but for the order; made for every operation, and of parts that are the same for most. */
function jsonOf(event: UsageEvent): string {
  const { id, at, seq, request, outcome, code, fields, units, bytes, micros, upstream, count } = event;
  if (lastAsked === undefined || !asksTheSame(event, lastAsked)) {
    const { node, key, app, caller, audience, operation, name, kind } = event;
    lastText = JSON.stringify({ node, key, app, caller, audience, operation, name, kind }).slice(1, -1);
    lastAsked = event;
  }
  const codeText = code === undefined ? '' : `,"code":"${code}"`;
  const fieldsText = fields.length === 0 ? '[]' : JSON.stringify(fields);
  const upstreamText = upstream === noCalls ? '{}' : JSON.stringify(upstream);
  return `{"id":"${id}","at":${at},"seq":${seq},"request":${JSON.stringify(request)},${lastText},"outcome":"${outcome}"${codeText},"fields":${fieldsText},"units":${units},"bytes":${bytes},"micros":${micros},"upstream":${upstreamText},"count":${count}}`;
}

function asksTheSame(one: UsageEvent, other: UsageEvent): boolean {
  return (
    one.operation === other.operation &&
    one.caller === other.caller &&
    one.key === other.key &&
    one.app === other.app &&
    one.audience === other.audience &&
    one.name === other.name &&
    one.kind === other.kind &&
    one.node === other.node
  );
}

/** What a piece of a log holds. */
export interface LinesRead {
  readonly events: readonly UsageEvent[];
  /** Bytes up to and with the last whole line. */
  readonly bytes: number;
  /** Lines whose checksum does not fit: a disk that lies, or somebody's editor. */
  readonly spoiled: number;
}

/** Reads every whole line; what follows the last line feed is left for later. */
export function readLines(piece: Buffer, most: number): LinesRead {
  const events: UsageEvent[] = [];
  let [bytes, spoiled] = [0, 0];
  while (events.length < most) {
    const end = piece.indexOf(0x0a, bytes);
    if (end === -1) break;
    const event = eventOf(piece.toString('utf8', bytes, end));
    if (event === undefined) spoiled += 1;
    else events.push(event);
    bytes = end + 1;
  }
  return { events, bytes, spoiled };
}

function eventOf(line: string): UsageEvent | undefined {
  const json = line.slice(digits + 1);
  if (line[digits] !== ' ' || crc32(json) !== Number.parseInt(line.slice(0, digits), 16)) return undefined;
  return JSON.parse(json) as UsageEvent;
}
