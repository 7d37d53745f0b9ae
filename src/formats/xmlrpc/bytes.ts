/**
 * Base64 text in its canonical form: white space gone, padding checked. `undefined` when it is none.
 * Implements RFC 4648 §4, with the line breaks that MIME writers put in.
 */
export function parseBase64(text: string): string | undefined {
  const digits = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (digits.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(digits)) return undefined;
  const padding = digits.indexOf('=');
  if (padding !== -1 && (padding < digits.length - 2 || digits.at(-1) !== '=')) return undefined;
  return padding === -1 ? digits : Buffer.from(digits, 'base64').toString('base64');
}
