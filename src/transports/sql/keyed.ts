import type { Outcome } from '../../operations/outcome.ts';
import type { KeysMarker } from './markers.ts';
import type { Row, Rows } from './rows.ts';

type Keys = KeysMarker<string, string>['keys'];
type Input = Readonly<Record<string, unknown>>;

/** The keys of a batch: each once, in the order of their first input. */
export interface KeyBatch {
  /** For each input its key's text, or `undefined` where a part of the key is absent. */
  readonly texts: readonly (string | undefined)[];
  /** The parts of each key. */
  readonly tuples: readonly (readonly string[])[];
}

/**
 * Collects the keys of a batch by their canonical text: `1` and `"1"` are one key.
 *
 * @param accepts whether the database can hold a key at all; one that it cannot is missing, not an error
 */
export function keyBatch(inputs: readonly Input[], keys: Keys, accepts: (part: string) => boolean): KeyBatch {
  const tuples = new Map<string, readonly string[]>();
  const texts = inputs.map((input) => {
    const parts = partsOf(input, keys, 'input');
    if (parts === undefined || !parts.every(accepts)) return undefined;
    const text = keyText(parts);
    if (!tuples.has(text)) tuples.set(text, parts);
    return text;
  });
  return { texts, tuples: [...tuples.values()] };
}

/** For each input the first of its rows, or null. */
export function oneByKey({ texts }: KeyBatch, { rows, broken }: Rows, keys: Keys): Outcome<unknown>[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const text = rowKey(row, keys);
    if (text !== undefined && !found.has(text)) found.set(text, row);
  }
  return texts.map((text) => {
    const row = text === undefined ? undefined : found.get(text);
    return row === undefined ? null : (broken.get(row) ?? row);
  });
}

/** For each input all its rows, in the order of the answer; an error where one of them is broken. */
export function manyByKey({ texts }: KeyBatch, { rows, broken }: Rows, keys: Keys): Outcome<unknown>[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const text = rowKey(row, keys);
    if (text === undefined) continue;
    const group = found.get(text);
    if (group === undefined) found.set(text, [row]);
    else group.push(row);
  }
  return texts.map((text) => {
    const group = (text === undefined ? undefined : found.get(text)) ?? [];
    const wrong = broken.size === 0 ? undefined : group.find((row) => broken.has(row));
    return wrong === undefined ? group : (broken.get(wrong) as Error);
  });
}

function rowKey(row: Row, keys: Keys): string | undefined {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return partOf(row[only.property]);
  const parts = partsOf(row, keys, 'property');
  return parts === undefined ? undefined : keyText(parts);
}

function partsOf(from: Input, keys: Keys, name: 'input' | 'property'): readonly string[] | undefined {
  const parts: string[] = [];
  for (const key of keys) {
    const part = partOf(from[key[name]]);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

function partOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? undefined : String(value);
}

/** Different tuples have different texts: the length stands before each part. */
function keyText(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : parts.map((part) => `${part.length}:${part}`).join('');
}
