import type { KeyPlace, Parameter } from '../dialect.ts';

/**
 * Leaves out the keys that the column's type cannot hold: `abc` where it is an integer. Such a key is missing, like any
 * other key without a row; without this it would fail the whole batch.
 *
 * @param types the parameters' types as the server described them, by their numbers in the catalogue
 * @returns the parameters with fitting keys only, as many as there were; `undefined` where no key fits
 */
export function fittingKeys(
  { at, width, count }: KeyPlace,
  parameters: readonly Parameter[],
  types: readonly number[],
): readonly Parameter[] | undefined {
  const list = parameters[at];
  if (Array.isArray(list)) {
    const fits = testOf(types[at]);
    const fitting = fits === undefined ? list : list.filter(fits);
    return fitting.length === 0 ? undefined : parameters.with(at, fitting);
  }
  const tests = Array.from({ length: width }, (_, index) => testOf(types[at + index]));
  if (tests.every((test) => test === undefined)) return parameters;
  const end = at + count;
  const tuples: (readonly Parameter[])[] = [];
  for (let from = at; from < end; from += width) {
    const tuple = parameters.slice(from, from + width);
    if (tuple.every((part, index) => tests[index]?.(String(part)) ?? true)) tuples.push(tuple);
  }
  const [first] = tuples;
  if (first === undefined) return undefined;
  while (tuples.length < count / width) tuples.push(first);
  return [...parameters.slice(0, at), ...tuples.flat(), ...parameters.slice(end)];
}

type Test = (key: string) => boolean;

function whole(bits: bigint): Test {
  const limit = 2n ** (bits - 1n);
  return (key) => /^-?\d{1,19}$/.test(key) && BigInt(key) < limit && BigInt(key) >= -limit;
}

const decimal: Test = (key) => /^-?\d{1,1000}(\.\d{1,1000})?$/.test(key);
const day = /^\d{4}-\d\d-\d\d$/;
const date: Test = (key) => day.test(key) && isDay(key);
const instant: Test = (key) =>
  /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d\d(:\d\d)?)?$/.test(key) &&
  isDay(key.slice(0, 10));

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && !text.startsWith('0000');
}

/** By type, and by the type of a list of it (`pg_type.dat` of PostgreSQL; the numbers never change). */
const tests = new Map<number, Test>(
  (
    [
      [[21, 1005], whole(16n)],
      [[23, 1007], whole(32n)],
      [[20, 1016], whole(64n)],
      [[1700, 1231, 700, 1021, 701, 1022], decimal],
      [[2950, 2951], (key) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key)],
      [[16, 1000], (key) => key === 'true' || key === 'false'],
      [[1082, 1182], date],
      [[1114, 1115, 1184, 1185], instant],
    ] satisfies [number[], Test][]
  ).flatMap(([types, test]) => types.map((type): [number, Test] => [type, test])),
);

function testOf(type: number | undefined): Test | undefined {
  return type === undefined ? undefined : tests.get(type);
}
