/**
 * Freezes a JSON value all the way down, in one walk with measuring it.
 *
 * @returns about as many as its JSON text has characters, at least 1
 */
export function freezeAndMeasure(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 6;
  Object.freeze(value);
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) size += 1 + freezeAndMeasure(item);
    return size;
  }
  for (const name of Object.keys(value))
    size += name.length + 4 + freezeAndMeasure((value as Record<string, unknown>)[name]);
  return size;
}
