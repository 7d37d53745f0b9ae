/** Dates, times and durations: kept as the text that came, once it is found valid. */

const ZONE = '(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?';
const YEAR = '(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))';
const MONTH = '(0[1-9]|1[0-2])';
const DAY = '(0[1-9]|[12][0-9]|3[01])';
const TIME = '(?:([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\\.[0-9]+)?|24:00:00(?:\\.0+)?)';

const DATE_TIME = new RegExp(`^${YEAR}-${MONTH}-${DAY}T${TIME}${ZONE}$`);
const DATE = new RegExp(`^${YEAR}-${MONTH}-${DAY}${ZONE}$`);

/** One validity check a type, by its local name. Implements XML Schema Part 2 §3.2.6 to §3.2.14. */
export const DATE_CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  dateTime: (text) => isCommonDateTime(text) || validDay(DATE_TIME.exec(text)),
  date: (text) => validDay(DATE.exec(text)),
  time: matcher(`${TIME}${ZONE}`),
  gYear: matcher(`${YEAR}${ZONE}`),
  gYearMonth: matcher(`${YEAR}-${MONTH}${ZONE}`),
  gMonth: matcher(`--${MONTH}(?:--)?${ZONE}`),
  gMonthDay: (text) => validDay(monthDay(text)),
  gDay: matcher(`---${DAY}${ZONE}`),
  duration: (text) => DURATION.test(text) && /[0-9][A-Z]$/.test(text),
};

const DURATION =
  /^-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?$/;

/** Whether the text is a time of `2026-01-28T23:59:59Z`'s form with a day that every month has: what most are, without a match's price. */
function isCommonDateTime(text: string): boolean {
  if (text.length !== 20 || text.charCodeAt(19) !== 0x5a || text.charCodeAt(10) !== 0x54) return false;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return false;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return false;
  return (
    isWithin(text, 0, 10, 99) &&
    isWithin(text, 2, 0, 99) &&
    isWithin(text, 5, 1, 12) &&
    isWithin(text, 8, 1, 28) &&
    isWithin(text, 11, 0, 23) &&
    isWithin(text, 14, 0, 59) &&
    isWithin(text, 17, 0, 59)
  );
}

/** Whether two digits stand there, of a number within the bounds. */
function isWithin(text: string, at: number, least: number, most: number): boolean {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  const number = tens * 10 + ones;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 && number >= least && number <= most;
}

/**
 * Orders two values of one date type, for range facets: milliseconds since 1970, a value without a zone taken as UTC.
 * `undefined` for a type that has no order worth checking (durations and parts of dates).
 */
export function dateOrder(type: string, text: string): number | undefined {
  if (type === 'time') return dateOrder('dateTime', `1970-01-01T${text}`);
  const match = type === 'dateTime' ? DATE_TIME.exec(text) : type === 'date' ? DATE.exec(text) : null;
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  if (type === 'date') return midnight - zoneMs(match[4]);
  const isEnd = match[4] === undefined;
  const clock = isEnd ? 24 * 3_600 : Number(match[4]) * 3_600 + Number(match[5]) * 60 + Number(match[6]);
  return midnight + clock * 1_000 + Number(match[7] ?? 0) * 1_000 - zoneMs(match[8]);
}

function matcher(pattern: string): (text: string) => boolean {
  const expression = new RegExp(`^${pattern}$`);
  return (text) => expression.test(text);
}

function monthDay(text: string): RegExpExecArray | null {
  // 2000 is a leap year: --02-29 is a day.
  return text.startsWith('--') ? DATE.exec(`2000${text.slice(1)}`) : null;
}

/** Whether the day exists in its month; the year 0000 does not exist in XML Schema 1.0. */
function validDay(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const day = Number(match[3]);
  if (day <= 28) return match[1] !== '0000' && match[1] !== '-0000';
  const year = Number(match[1]);
  if (year === 0) return false;
  const month = Number(match[2]);
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= 30 || !(month === 4 || month === 6 || month === 9 || month === 11);
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
