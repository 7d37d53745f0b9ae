import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logDestination, openJsonLog } from '../../src/telemetry/json-log.ts';

describe('the log', () => {
  it('has written every record when it is flushed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-log-'));
    const file = openSync(join(folder, 'log'), 'w');
    try {
      const log = openJsonLog('info', logDestination(file));
      for (let index = 0; index < 5_000; index += 1) log.info({ index }, 'record');
      await log.flush();
      const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).index)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    } finally {
      closeSync(file);
      rmSync(folder, { recursive: true });
    }
  });

  it('writes a record soon, though nobody asks for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-log-'));
    const file = openSync(join(folder, 'log'), 'w');
    try {
      const log = openJsonLog('info', logDestination(file));
      log.summary('info', { index: 1 }, 'record');
      const end = performance.now() + 5_000;
      while (readFileSync(join(folder, 'log'), 'utf8') === '' && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(JSON.parse(readFileSync(join(folder, 'log'), 'utf8'))).toMatchObject({ index: 1 });
      await log.flush();
    } finally {
      closeSync(file);
      rmSync(folder, { recursive: true });
    }
  });

  it('writes nothing below its level, and nothing at all when it is silent', () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    openJsonLog('warn', stream).info({}, 'no');
    openJsonLog('warn', stream).warn({}, 'yes');
    openJsonLog('silent', stream).error({}, 'no');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'warn', time: expect.any(String), msg: 'yes' },
    ]);
  });
});
