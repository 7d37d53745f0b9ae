/**
 * The value at a dotted path: `atPath({ page: { rides: [] } }, 'page.rides')` is `[]`. `undefined` where the path leads
 * nowhere. Only own members count, so that no path reaches a prototype.
 */
export function atPath(value: unknown, path: string): unknown {
  let current = value;
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[name];
  }
  return current;
}
