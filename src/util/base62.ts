import { randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 62 in a byte: what lies above is thrown away, because some digits would be likelier than others. */
const fair = 248;

/** So many random digits, each as likely as any other: 5.95 bits each. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length)
    for (const byte of randomBytes(length)) {
      if (byte < fair && text.length < length) text += digits[byte % 62];
    }
  return text;
}

/** A whole number of at most 32 bits in six digits, the most significant first. */
export function sixDigits(number: number): string {
  let text = '';
  for (let rest = number, at = 0; at < 6; at++, rest = Math.floor(rest / 62)) text = digits[rest % 62] + text;
  return text;
}
