/** Waiting longer than a day is no answer to a request. */
const longestMs = 86_400_000;

/**
 * How long a backend asks to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).
 * `undefined` where the header is absent or is neither; at least 0 and at most a day.
 *
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestMs);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), longestMs);
}
