import { TributaryError } from '../../errors.ts';
import type { ColumnType } from './column.ts';
import type { Capabilities, Parameter } from './dialect.ts';
import { readerOf, ValueError } from './readers.ts';

/**
 * An input as the parameter of a statement; null and absent become NULL.
 *
 * @throws `BAD_USER_INPUT` naming the input where its value does not fit the declared type
 */
export function parameterOf(
  name: string,
  value: unknown,
  type: ColumnType | undefined,
  capabilities: Capabilities,
): Parameter {
  if (value === null || value === undefined) return null;
  if (type !== undefined) return typedParameter(name, value, type, capabilities);
  switch (typeof value) {
    case 'string':
      return text(name, value, capabilities);
    case 'number':
      if (!Number.isFinite(value)) throw unfit(name, 'a finite number');
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'boolean':
      return boolean(value, capabilities);
    case 'bigint':
      return value;
    default:
      throw unfit(name, 'a string, a number or a boolean');
  }
}

function typedParameter(
  name: string,
  value: unknown,
  type: ColumnType,
  capabilities: Capabilities,
): Parameter {
  if (type === 'json') return text(name, JSON.stringify(value), capabilities);
  if (type === 'bytes') return Buffer.from(base64(name, value), 'base64');
  if (typeof value === 'object') throw unfit(name, expected[type]);
  try {
    const read = readerOf(type)(value);
    if (type === 'boolean') return boolean(read as boolean, capabilities);
    if (type === 'int' || type === 'bigint') return BigInt(read as string | number);
    if (type === 'float') return read as number;
    if (type === 'timestamp' && capabilities.timestamps === 'plain')
      return (read as string).replace('T', ' ').replace('Z', '');
    return text(name, read as string, capabilities);
  } catch (thrown) {
    if (thrown instanceof ValueError) throw unfit(name, expected[type]);
    throw thrown;
  }
}

const expected: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  int: 'a whole number',
  bigint: 'a whole number',
  decimal: 'a decimal',
  float: 'a number',
  boolean: 'true or false',
  date: 'a day such as 2026-01-31',
  timestamp: 'an instant such as 2026-01-31T12:00:00Z',
  json: 'JSON',
  bytes: 'base64',
};

function text(name: string, value: string, capabilities: Capabilities): string {
  if (!isStorable(value, capabilities)) throw unfit(name, 'text without NUL and unpaired surrogates');
  return value;
}

const surrogate = /\p{Surrogate}/u;

/**
 * Whether text reaches the database as it is: half a character cannot be written in UTF-8, and some databases refuse NUL.
 */
export function isStorable(value: string, { nulInText }: Capabilities): boolean {
  return (nulInText || !value.includes('\0')) && !surrogate.test(value);
}

function boolean(value: boolean, { booleans }: Capabilities): Parameter {
  return booleans === 'native' ? value : value ? 1n : 0n;
}

function base64(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return value;
  throw unfit(name, expected.bytes);
}

function unfit(name: string, what: string): TributaryError {
  return new TributaryError('BAD_USER_INPUT', `\`${name}\` must be ${what}.`);
}
