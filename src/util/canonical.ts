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
      return quoted(value);
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
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  // An id and nothing else, as most inputs are.
  else if (keys[0] !== undefined && isOneText(value, keys[0])) return JSON.stringify(value);
  let text = '';
  for (const key of keys) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/**
 * Whether JSON says of an object that has this key alone what its canonical text says. JSON's text is in one piece, which
 * is read faster than one that was put together.
 */
export function isOneText(value: object, key: string): boolean {
  return typeof (value as Record<string, unknown>)[key] === 'string' && !('toJSON' in value);
}

/** As JSON has it; most texts need no escapes, and are not looked at twice. */
function quoted(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** What JSON escapes: quotes, backslashes, control characters, and halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;
