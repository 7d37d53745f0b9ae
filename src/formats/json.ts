import { isUtf8 } from 'node:buffer';

/**
 * Reads a JSON body (RFC 8259) as `JSON.parse` does, and as fast, but for three things: integers that a double cannot
 * hold become texts of the same digits, members named `__proto__` are left out, and a byte order mark is passed over.
 *
 * Throws an `Error` for what is not one JSON value in UTF-8, and for numbers beyond the range of a double.
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Error('The body is not UTF-8.');
  const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const text = body.toString('utf8', marked ? 3 : 0);
  const value: unknown = JSON.parse(text);
  if (!isSuspicious(body, text)) return value;
  return JSON.parse(withUnsafeIntegersAsText(text), (name, member: unknown) => {
    if (member === Number.POSITIVE_INFINITY || member === Number.NEGATIVE_INFINITY)
      throw new Error('The body holds a number that is too large.');
    return name === '__proto__' ? undefined : member;
  });
}

/**
 * Whether the body may hold what `JSON.parse` loses or plants: an integer beyond 2^53, an exponent that leads to
 * infinity, a member named `__proto__`, spelt out or escaped. Costs a tenth of the parsing.
 */
function isSuspicious(body: Buffer, text: string): boolean {
  return (
    text.includes('__proto__') ||
    text.includes('\\u005') ||
    holdsDigits(body, 16) ||
    /\d[eE]\+?\d{3}/.test(text)
  );
}

/** Whether so many digits stand in a row. Looks at every `count`th byte only: such a row cannot hide in between. */
function holdsDigits(body: Buffer, count: number): boolean {
  for (let at = count - 1; at < body.length; at += count) {
    if (!isDigit(body[at])) continue;
    let first = at;
    let last = at;
    while (isDigit(body[first - 1])) first--;
    while (isDigit(body[last + 1])) last++;
    if (last - first + 1 >= count) return true;
  }
  return false;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= zero && code <= nine;
}

/** Puts integers that a double cannot hold in quotes. The text must be valid JSON: only then is a quote what it seems. */
function withUnsafeIntegersAsText(text: string): string {
  const number = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
  let written = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfText(text, at);
    else if (code === minus || (code >= zero && code <= nine)) {
      number.lastIndex = at;
      const [literal, fraction, exponent] = number.exec(text) as RegExpExecArray;
      if (fraction === undefined && exponent === undefined && !Number.isSafeInteger(Number(literal))) {
        written += `${text.slice(copied, at)}"${literal}"`;
        copied = at + (literal as string).length;
      }
      at += (literal as string).length;
    } else at++;
  }
  return written + text.slice(copied);
}

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

/** The index behind the closing quote of the text that begins at `start`. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++;
  return backslashes % 2 === 1;
}
