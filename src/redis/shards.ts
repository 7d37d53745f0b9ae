/** So many groups of keys that stay together in a Cluster. */
export const shards = 32;

/**
 * The part of a key between braces: keys with the same one live on the same node (hash tags, Redis Cluster
 * specification), so that one `MGET` can ask for many. Told from the end of the text, where keys differ.
 */
export function shardOf(text: string): string {
  let hash = 0;
  for (let index = Math.max(0, text.length - 6); index < text.length; index++)
    hash = Math.imul(hash, 31) + text.charCodeAt(index);
  // The upper five bits of a multiplicative hash: 0 to 31.
  return `{${Math.imul(hash, 0x9e3779b1) >>> 27}}`;
}

/** One key of every shard: what it takes to see whether all nodes that are used answer. */
export function keyOfEachShard(name: string): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => `tributary:{${shard}}:${name}`);
}

/** The slot of a key: CRC16 (XMODEM) of what stands between its first braces, or of all of it, modulo 16384. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  if (close <= open + 1) return slotOfHashed(key);
  const hashed = key.slice(open + 1, close);
  const known = slotsOfShards.get(hashed);
  return known ?? slotOfHashed(hashed);
}

function slotOfHashed(hashed: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return (crc & 0xffff) % 16_384;
}

const slotsOfShards: ReadonlyMap<string, number> = new Map(
  Array.from({ length: shards }, (_, shard) => [String(shard), slotOfHashed(String(shard))]),
);
