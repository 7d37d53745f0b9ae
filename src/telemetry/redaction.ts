/** Members whose values are secrets or personal, whatever they hold. */
const secretName =
  /authorization|cookie|passw(or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|session[-_]?id|^variables$|^headers$/i;

const patterns: readonly (readonly [RegExp, string])[] = [
  // Credentials of an address: postgres://user:password@host
  [/:\/\/[^\s/@'"]+@/g, '://[redacted]@'],
  // The query string of an address: keys travel there.
  [/\?(?<=\/[^\s?'"<>]*\?)[^\s'"<>]+/g, '?[redacted]'],
  [/\b(bearer|basic|digest|negotiate)\s+[a-z0-9._~+/=-]{4,}/gi, '$1 [redacted]'],
  // A JSON Web Token, wherever it stands.
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[redacted]'],
  [/((?:set-)?cookie|authorization|x-api-key)((?:\\*["'])?\s*[:=]\s*)[^\r\n]+/gi, '$1$2[redacted]'],
  [
    // JSON within JSON has its quotes escaped.
    /\b(\w*(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key))((?:\\*["'])?\s*[:=]\s*(?:\\*["'])?)[^\s"',;&\\]+/gi,
    '$1$2[redacted]',
  ],
];

const longestText = 4_000;
const deepest = 6;

/** A text without the secrets that errors of drivers and services carry: credentials, tokens, query strings. */
export function scrub(text: string): string {
  let clean = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}

/**
 * A copy of what is about to be logged, as plain JSON and without secrets: members named like one are replaced, texts
 * are scrubbed, errors become their name, message, code, detail, stack and causes.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value))
    copy[name] = secretName.test(name) ? '[redacted]' : redact(member, depth + 1);
  return copy;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code, detail, cause } = error as { code?: unknown; detail?: unknown; cause?: unknown };
  return {
    name: error.name,
    message: scrub(error.message),
    ...(code === undefined ? {} : { code: redact(code, depth + 1) }),
    ...(detail === undefined ? {} : { detail: redact(detail, depth + 1) }),
    ...(error.stack === undefined ? {} : { stack: scrub(framesOf(error.stack)) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}

/** The frames alone: the lines before them repeat the message. */
function framesOf(stack: string): string {
  const first = stack.search(/^[ \t]+at /m);
  return first === -1 ? '' : stack.slice(first).trim();
}
