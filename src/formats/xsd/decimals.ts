/**
 * Numbers as text, exact at any length.
 *
 * A decimal in JSON keeps its digits as they came, trailing zeros included (`12.50` is what the service said);
 * only the sign `+`, leading zeros and a bare point go, so that one value written alike is one text.
 */

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;
const INTEGER = /^[+-]?[0-9]+$/;

/** The canonical text of an `xsd:decimal`, or `undefined` when the text is none. */
export function parseDecimal(text: string): string | undefined {
  if (isPlain(text, true)) return text;
  if (!DECIMAL.test(text)) return undefined;
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = `${whole.replace(/^0+(?=[0-9])/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`;
  return negative && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** The canonical text of an `xsd:integer`, or `undefined` when the text is none. */
export function parseInteger(text: string): string | undefined {
  if (isPlain(text, false)) return text;
  return INTEGER.test(text) ? parseDecimal(text) : undefined;
}

/** Whether the text is canonical as it stands and starts with a digit from 1 to 9: what nearly every number is. */
function isPlain(text: string, fraction: boolean): boolean {
  const { length } = text;
  const first = text.charCodeAt(0);
  if (!(first >= 0x31 && first <= 0x39)) return false;
  let point = 0;
  for (let index = 1; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) continue;
    if (code !== 0x2e || !fraction || point !== 0) return false;
    point = index;
  }
  return point === 0 || point < length - 1;
}

/** Text of a JSON number or of a numeric string, without an exponent; `undefined` when it is no finite decimal. */
export function decimalText(value: unknown): string | undefined {
  if (typeof value === 'string') return parseDecimal(value.trim());
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return parseDecimal(withoutExponent(String(value)));
}

/** Compares two canonical texts by value: negative, zero or positive, like a comparator. No length makes it slow. */
export function compareDecimals(left: string, right: string): number {
  const [leftNegative, rightNegative] = [left.startsWith('-'), right.startsWith('-')];
  if (leftNegative !== rightNegative) return leftNegative ? -1 : 1;
  return leftNegative ? compareMagnitudes(right.slice(1), left.slice(1)) : compareMagnitudes(left, right);
}

function compareMagnitudes(left: string, right: string): number {
  if (!left.includes('.') && !right.includes('.')) {
    if (left.length !== right.length) return left.length - right.length;
    return left === right ? 0 : left < right ? -1 : 1;
  }
  const [leftWhole = '', leftFraction = ''] = left.split('.');
  const [rightWhole = '', rightFraction = ''] = right.split('.');
  if (leftWhole.length !== rightWhole.length) return leftWhole.length - rightWhole.length;
  if (leftWhole !== rightWhole) return leftWhole < rightWhole ? -1 : 1;
  const [a, b] = [withoutTrailingZeros(leftFraction), withoutTrailingZeros(rightFraction)];
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The digits of a fraction that count. A pattern would look at each run of zeros again for every zero of it. */
export function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

function withoutExponent(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole = '', fraction = '', exponent] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
