import { BlockList, isIP } from 'node:net';

/** A longer chain of proxies is no chain of ours. */
const mostHops = 32;

/** Tells whether an address lies within blocks. */
export type AddressTest = (address: string) => boolean;

/**
 * Tells the address that a request came from. What `X-Forwarded-For` says is believed as far as trusted proxies said it:
 * read from the right, the first address that is not a proxy's is the client's. What stands left of it, anybody could
 * have written.
 *
 * @param peer the other end of the connection
 */
export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string;

/** @param proxies addresses and CIDR blocks */
export function clientAddressBy(proxies: readonly string[]): ClientAddress {
  if (proxies.length === 0) return (peer) => plain(peer);
  const isProxy = withinBlocks(proxies);
  return (peer, forwardedFor) => {
    let address = plain(peer);
    if (forwardedFor === undefined || !isProxy(address)) return address;
    const hops = forwardedFor.split(',').slice(-mostHops);
    while (hops.length > 0 && isProxy(address)) {
      const hop = plain(hops.pop()?.trim());
      if (isIP(hop) === 0) return address;
      address = hop;
    }
    return address;
  };
}

/** Throws where one is neither an address nor a CIDR block. */
export function withinBlocks(blocks: readonly string[]): AddressTest {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', bits] = block.split('/', 2);
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** IPv4 addresses of a socket that listens for both come as `::ffff:10.0.0.1`. */
function plain(address = ''): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
