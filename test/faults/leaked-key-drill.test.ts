import { describe, expect, it } from 'vitest';
import { startNode } from '../support/reference-graph.ts';

describe('the drill of a leaked key', () => {
  it('O08: detects, contains, mends and reports by the command line alone, within five minutes', async () => {
    const drill = startNode(['scripts/leaked-key-drill.mjs']);
    expect(await drill.ended, drill.lines.join('\n')).toBe(0);
    const told = drill.lines.join('\n');
    for (const step of ['DETECTED', 'CONTAINED', 'MENDED', 'REPORT', 'is intact', 'drill is over'])
      expect(told).toContain(step);
    expect(told).not.toMatch(/trib_live_/);
  }, 300_000);
});
