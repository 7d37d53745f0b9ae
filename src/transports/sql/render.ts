import { createHash } from 'node:crypto';
import type { Column } from './column.ts';
import type { Capabilities, Statement } from './dialect.ts';
import type { AnyChoice, AnyInput } from './markers.ts';
import { directionOf, type Template, withoutDirection } from './template.ts';

/** A statement's text, and what its parameters are, in their order. */
export interface Rendered {
  readonly statement: Statement;
  readonly slots: readonly Slot[];
  /** How many keys the text has room for; the last key fills up the rest. */
  readonly room: number;
}

/** A parameter: one input, or all keys. */
export type Slot = AnyInput | 'keys';

/**
 * Writes a template as the dialect's SQL.
 *
 * @param room how many keys the text has room for
 * @param chosen for each `oneOf` the column that was chosen
 */
export function render(
  { pieces }: Template,
  capabilities: Capabilities,
  room: number,
  chosen: ReadonlyMap<AnyChoice, string>,
  writes: boolean,
): Rendered {
  const writer = new Writer(capabilities);
  for (const piece of pieces) {
    if (typeof piece === 'string') writer.text += piece;
    else if (piece.marker === 'columns') writer.columns(piece.columns);
    else if (piece.marker === 'input') writer.input(piece);
    else if (piece.marker === 'choice') writer.choice(chosen.get(piece) ?? '');
    else writer.keys(piece.keys.length, room);
  }
  const { text, slots, keysAt } = writer;
  const name = `t${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  return { statement: { text, name, writes, keys: keysAt }, slots, room };
}

class Writer {
  text = '';
  readonly slots: Slot[] = [];
  keysAt: Statement['keys'];
  #parameters = 0;
  readonly #capabilities: Capabilities;

  constructor(capabilities: Capabilities) {
    this.#capabilities = capabilities;
  }

  columns(columns: Readonly<Record<string, Column<unknown>>>): void {
    this.text += Object.entries(columns)
      .map(([property, { name, expression }]) => {
        const source = name === undefined ? `(${expression})` : this.#quoted(name);
        return `${source} AS ${this.#quote(property)}`;
      })
      .join(', ');
  }

  input(input: AnyInput): void {
    const cast = input.type === undefined ? undefined : this.#capabilities.casts[input.type];
    const parameter = this.#parameter();
    this.text += cast === undefined ? parameter : `CAST(${parameter} AS ${cast})`;
    this.slots.push(input);
  }

  choice(choice: string): void {
    this.text += this.#quoted(withoutDirection(choice)) + directionOf(choice);
  }

  keys(width: number, room: number): void {
    const { keyList, tupleList } = this.#capabilities;
    const single = width === 1 && keyList === 'array';
    this.keysAt = { at: this.#parameters, width, count: single ? 1 : room * width };
    this.slots.push('keys');
    if (single) {
      this.text += `= ANY (${this.#parameter()})`;
      return;
    }
    const one = () => Array.from({ length: width }, () => this.#parameter()).join(', ');
    const tuple = width === 1 ? one : () => `(${one()})`;
    const list = Array.from({ length: room }, tuple).join(', ');
    this.text += width > 1 && tupleList === 'values' ? `IN (VALUES ${list})` : `IN (${list})`;
  }

  #parameter(): string {
    this.#parameters += 1;
    return this.#capabilities.placeholders === 'numbered' ? `$${this.#parameters}` : '?';
  }

  /** `drivers.name` as two identifiers. */
  #quoted(name: string): string {
    return name
      .split('.')
      .map((part) => this.#quote(part))
      .join('.');
  }

  #quote(identifier: string): string {
    const { quote } = this.#capabilities;
    return quote + identifier.replaceAll(quote, quote + quote) + quote;
  }
}
