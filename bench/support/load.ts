import { Pool } from 'undici';

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/**
 * Asks one GraphQL query again and again over so many connections, for so long. An answer that is no 200, or that holds
 * errors, stops the benchmark: a fast wrong answer is worth nothing.
 */
export async function load(
  url: string,
  query: string,
  { connections, durationMs }: { connections: number; durationMs: number },
): Promise<LoadResult> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json' };
  const latencies: number[] = [];
  const begun = performance.now();
  const end = begun + durationMs;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      const asked = performance.now();
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text.includes('"errors"'))
        throw new Error(`${answer.statusCode}: ${text.slice(0, 500)}`);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const tookMs = performance.now() - begun;
  await pool.close();
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    perSecond: (latencies.length / tookMs) * 1_000,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What a machine that is shared does not spoil: what others do to it only ever adds. */
export function lowerQuartile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? Number.NaN;
}
