/**
 * `?` as `$1`, `$2` and so on, which is how Postgres names values. A question mark within quotes stays what it is.
 *
 * @example numbered("SELECT '?' WHERE id = ?") // "SELECT '?' WHERE id = $1"
 */
export function numbered(sql: string): string {
  const known = texts.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll(/'[^']*'|"[^"]*"|\?/g, (match) => (match === '?' ? `$${++count}` : match));
  if (texts.size >= maxTexts) texts.clear();
  texts.set(sql, text);
  return text;
}

const texts = new Map<string, string>();
const maxTexts = 1_000;
