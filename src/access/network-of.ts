import { isIPv4, isIPv6 } from 'node:net';

/** The /24 of an IPv4 address and the /48 of an IPv6 one: enough to tell a stranger, too little to follow a person. */
export function networkOf(address: string): string {
  const four = address.replace(/^::ffff:/i, '');
  if (isIPv4(four)) return four.replace(/\.\d+$/, '.0/24');
  if (!isIPv6(address)) return '';
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups.slice(0, 3).join(':')}::/48`;
}
