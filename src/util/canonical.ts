/**
 * The canonical text of a JSON value: object keys sorted, absent and `undefined` members left out. Equal values have
 * equal texts, different values different ones, so the text can stand in keys.
 *
 * BigInt is written as its decimal text in quotes, as 64-bit integers travel between transport and graph.
 */
export function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return `"${value}"`;
    case 'object':
      return Array.isArray(value) ? `[${value.map(canonical).join(',')}]` : canonicalObject(value);
    default:
      return JSON.stringify(String(value));
  }
}

function canonicalObject(value: object): string {
  if (value instanceof Date) return JSON.stringify(value);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonical(member)}`);
  }
  return `{${members.join(',')}}`;
}
