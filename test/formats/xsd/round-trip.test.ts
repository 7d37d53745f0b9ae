import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../xml/judges.ts';
import { anySample } from './arbitrary-schema.ts';
import { rootCodec, schemaText } from './schema.ts';

const judge = hasProgram('xmllint');
if (!judge && process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
  throw new Error('xmllint (libxml2-utils) is required here');
if (!judge)
  console.warn('skipped: xmllint (libxml2-utils) is not installed, so nothing validates what is written');

describe('any value of any schema', () => {
  it('is read back as it was written, at once and in slices', async () => {
    await fc.assert(
      fc.asyncProperty(anySample, async ({ definitions, value }) => {
        const codec = await rootCodec(definitions);
        expect(codec.warnings).toEqual([]);
        const xml = codec.write(value);
        expect(codec.read(xml)).toEqual(value);
        expect(codec.readSliced(xml)).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  const folder = mkdtempSync(join(tmpdir(), 'tributary-xsd-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!judge)('is written as its schema demands, says xmllint', async () => {
    await fc.assert(
      fc.asyncProperty(anySample, async ({ definitions, value }) => {
        const codec = await rootCodec(definitions);
        writeFileSync(join(folder, 'schema.xsd'), schemaText(definitions));
        const document = codec.write(value);
        const { status, stderr } = spawnSync(
          'xmllint',
          ['--nonet', '--noout', '--schema', join(folder, 'schema.xsd'), '-'],
          { input: document },
        );
        if (status !== 0) throw new Error(`${document}\n${String(stderr)}`);
      }),
      { numRuns: 150 },
    );
  });
});
