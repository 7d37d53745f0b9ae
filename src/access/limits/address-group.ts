import { isIPv6 } from 'node:net';

/**
 * Who counts as one behind an address: an IPv4 address itself, and the /64 network of an IPv6 address, because that is what one
 * household or one server has (RFC 6177). `::ffff:192.0.2.1` is the IPv4 address within it.
 *
 * @example addressGroup('2001:db8:1:2::7') // '2001:db8:1:2::/64'
 */
export function addressGroup(address: string): string {
  // Asked of every request of somebody unknown.
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] as string;
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    // A dotted end stands for two groups; it never reaches into the first four where something is left out before it.
    const missing = 8 - groups.length - after.length - (after.at(-1)?.includes('.') ? 1 : 0);
    groups.push(...new Array<string>(missing).fill('0'), ...after);
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
