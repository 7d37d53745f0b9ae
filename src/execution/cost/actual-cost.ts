import type { CompiledOperation } from './compile.ts';
import type { CostedField, Level } from './levels.ts';

/**
 * What an answer has cost: the weights of the estimate, for the items that came. A field that a document asks twice of one
 * object is one field of the answer, and counts once.
 *
 * @param data of the answer
 */
export function actualCost(
  { level }: CompiledOperation,
  data: Readonly<Record<string, unknown>> | null,
): number {
  return data === null ? 0 : costOf(level, data);
}

function costOf(level: Level, object: Readonly<Record<string, unknown>>): number {
  let sum = 0;
  for (const { field, isFirst } of fieldsIn(level)) {
    const value = object[field.key];
    if (value === undefined) continue;
    sum += isFirst
      ? field.argumentWeight + itemsCost(value, field.weight, field.children)
      : itemsCost(value, 0, field.children);
  }
  return sum;
}

function itemsCost(value: unknown, weight: number, children: Level | undefined): number {
  if (value === null || (weight === 0 && children === undefined)) return 0;
  if (Array.isArray(value)) {
    let sum = 0;
    for (const item of value) sum += itemsCost(item, weight, children);
    return sum;
  }
  return weight + (children === undefined ? 0 : costOf(children, value as Readonly<Record<string, unknown>>));
}

interface FieldOfLevel {
  readonly field: CostedField;
  /** Whether no field before it has its key. */
  readonly isFirst: boolean;
}

const known = new WeakMap<Level, readonly FieldOfLevel[]>();

/** The fields of a level, those of its fragments among them, each fragment once. */
function fieldsIn(level: Level): readonly FieldOfLevel[] {
  const found = known.get(level);
  if (found !== undefined) return found;
  const keys = new Set<string>();
  const seen = new Set<Level>();
  const fields: FieldOfLevel[] = [];
  const gather = (at: Level): void => {
    if (seen.has(at)) return;
    seen.add(at);
    for (const field of at.fields) {
      fields.push({ field, isFirst: !keys.has(field.key) });
      keys.add(field.key);
    }
    for (const inner of at.within) gather(inner.level);
  };
  gather(level);
  known.set(level, fields);
  return fields;
}
