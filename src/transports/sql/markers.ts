import type { Column, ColumnType, Expression } from './column.ts';

/** What may be interpolated into a statement. Nothing else may, so no value can become SQL. */
export type Marker = ColumnsMarker<unknown, string> | KeysMarker<string, string> | AnyInput | AnyChoice;

/** The columns of the answer, by the property each becomes. */
export interface ColumnsMarker<out Values, out Names> {
  readonly marker: 'columns';
  readonly columns: Readonly<Record<string, Column<unknown>>>;
  /** For the compiler alone: a value for every property of the row, and no other. */
  readonly row?: Values;
  readonly names?: Names;
}

/** The keys of the batch. */
export interface KeysMarker<out Inputs, out Properties> {
  readonly marker: 'keys';
  /** In the order of the tuple: the input, and the property of the row that holds the same key. */
  readonly keys: readonly { readonly input: string; readonly property: string }[];
  readonly inputs?: Inputs;
  readonly properties?: Properties;
}

/** One input, as a bound parameter. */
export interface InputMarker<out Name, in Value> {
  readonly marker: 'input';
  readonly input: string;
  readonly type: InputType | undefined;
  readonly name?: Name;
  readonly takes?: (value: Value) => void;
}

/** One of some columns, chosen by an input. */
export interface ChoiceMarker<out Name, in Value> {
  readonly marker: 'choice';
  readonly input: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly name?: Name;
  readonly takes?: (value: Value) => void;
}

export type AnyInput = InputMarker<string, never>;
export type AnyChoice = ChoiceMarker<string, never>;

export type InputType = ColumnType;

/** What an input of each declared type may be. Absent and null are bound as NULL. */
export interface InputValues {
  text: string | null | undefined;
  int: number | null | undefined;
  bigint: string | number | null | undefined;
  decimal: string | number | null | undefined;
  float: number | null | undefined;
  boolean: boolean | null | undefined;
  date: string | null | undefined;
  timestamp: string | null | undefined;
  json: unknown;
  bytes: string | null | undefined;
}

type UntypedInput = string | number | boolean | null | undefined;

/**
 * The columns of the answer. Every property of the row type must be there, and none beyond.
 *
 * @param definitions for each property the column as the catalogue spells it, or a `column.…` that declares its type
 * @example `SELECT ${columns({ id: 'id', cityId: 'city_id', isActive: column.boolean('is_active') })} FROM drivers`
 */
export function columns<const Definitions extends Readonly<Record<string, string | Column<unknown>>>>(
  definitions: Definitions,
): ColumnsMarker<ValuesOf<Definitions>, keyof Definitions & string> {
  const entries = Object.entries(definitions).map(([property, definition]): [string, Column<unknown>] => [
    property,
    typeof definition === 'string' ? { name: definition } : definition,
  ]);
  return { marker: 'columns', columns: Object.fromEntries(entries) };
}

/** A column without a declared type fits every property. */
type ValuesOf<Definitions> = {
  readonly [Property in keyof Definitions]: Definitions[Property] extends string | Expression
    ? never
    : Definitions[Property] extends Column<infer Value>
      ? Value
      : never;
};

/**
 * The keys of the batch; stands in `… IN (${keys('id')})`, several in `(a, b) IN (${keys('a', 'b')})`. The answer's
 * rows find their inputs by the property of the same name, which must be among the columns; name it where it differs.
 *
 * @example `WHERE driver_id IN (${keys('driverId')})`
 * @example `WHERE id IN (${keys({ vehicleId: 'id' })})` // the input `vehicleId` is the row's `id`
 */
export function keys<const Name extends string>(
  ...inputs: readonly [Name, ...Name[]]
): KeysMarker<Name, Name>;
export function keys<const Pairs extends Readonly<Record<string, string>>>(
  pairs: Pairs,
): KeysMarker<keyof Pairs & string, Pairs[keyof Pairs]>;
export function keys(
  ...inputs: readonly (string | Readonly<Record<string, string>>)[]
): KeysMarker<string, string> {
  const pairs = inputs.flatMap((each) =>
    typeof each === 'string'
      ? [{ input: each, property: each }]
      : Object.entries(each).map(([input, property]) => ({ input, property })),
  );
  return { marker: 'keys', keys: pairs };
}

/**
 * An input as a bound parameter.
 *
 * @param type declares what the parameter is, where the database cannot tell from its place (`${input('after', 'text')}
 * IS NULL`), or to have it checked and written the database's way (`timestamp`, `bytes`)
 * @example `WHERE city_id = ${input('cityId')} LIMIT ${input('first', 'int')}`
 */
export function input<const Name extends string>(name: Name): InputMarker<Name, UntypedInput>;
export function input<const Name extends string, const Type extends InputType>(
  name: Name,
  type: Type,
): InputMarker<Name, InputValues[Type]>;
export function input(name: string, type?: InputType): InputMarker<string, never> {
  return { marker: 'input', input: name, type };
}

/**
 * A column chosen by an input, for `ORDER BY`. Only the columns named here can be chosen; any other value is
 * `BAD_USER_INPUT`, and an absent one takes the first.
 *
 * @param choices for each value the column, as the catalogue spells it; ` ASC` or ` DESC` may follow
 * @example `ORDER BY ${oneOf('orderBy', { NAME: 'name', RATING: 'rating DESC' })}, id`
 */
export function oneOf<const Name extends string, const Choices extends Readonly<Record<string, string>>>(
  name: Name,
  choices: Choices,
): ChoiceMarker<Name, keyof Choices | null | undefined> {
  return { marker: 'choice', input: name, choices };
}
