/**
 * What is answered to people and scripts: properties that hold a time in milliseconds, by their names (`createdAt`,
 * `graceUntil`, `at`), as ISO 8601 texts; sets as lists.
 */
export function shown(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(shown);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      typeof each === 'number' && isTime.test(name) ? new Date(each).toISOString() : shown(each),
    ]),
  );
}

const isTime = /^at$|^ts$|At$|Until$/;
