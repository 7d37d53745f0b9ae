import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPepper, type Pepper } from '../../../src/access/keys/pepper.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { createApp, openReplica, operator } from '../../support/registry.ts';
import { openState } from '../../support/state.ts';

const one = 'one'.repeat(12);
const two = 'two'.repeat(12);

describe('the pepper', () => {
  let directory: string;
  const { log, lines } = openLogLines();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tributary-pepper-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = (text?: string): Pepper =>
    openPepper({ variables: text === undefined ? {} : { TRIBUTARY_PEPPER: text }, directory, log });

  it('A04: is made for this user alone where there is none, and is the same one after that', () => {
    const made = open();
    const file = join(directory, '.data/pepper');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^1:[\w-]{43}\n$/);
    expect(open().digest(1, 'text')).toEqual(made.digest(1, 'text'));
    expect(lines.join('\n')).toContain('A pepper for API keys was made.');
    expect(lines.join('\n')).not.toContain(readFileSync(file, 'utf8').slice(2, -1));
  });

  it('has versions, of which the highest is for new keys', () => {
    const pepper = open(`2:${two}, 1:${one}`);
    expect(pepper.version).toBe(2);
    expect(pepper.digest(1, 'text')).toEqual(open(one).digest(1, 'text'));
    expect(pepper.digest(2, 'text')).not.toEqual(pepper.digest(1, 'text'));
    expect(pepper.digest(1, 'text')).toHaveLength(32);
    expect(pepper.digest(3, 'text')).toBeUndefined();
  });

  it.each([['short'], [`1:${one},1:${two}`], ['2:'], [',']])('refuses %s, and repeats none of it', (text) => {
    expect(() => open(text)).toThrow('cannot be read');
    expect(() => open(text)).not.toThrow(one);
  });

  it('is refused at the start where keys were made under another one', async () => {
    const state = await openState();
    const replica = await openReplica(state, { pepperText: one });
    const { appId } = await createApp(replica);
    const key = { appId, environment: 'live', name: 'Server' } as const;
    const old = await replica.registry.keys.create(operator, key);
    await expect(openReplica(state, { pepperText: two })).rejects.toThrow(
      'Version 1 of the pepper is not the one',
    );
    const second = await openReplica(state, { pepperText: `2:${two},1:${one}` });
    const young = await second.registry.keys.create(operator, key);
    for (const made of [old, young])
      expect(second.registry.verifier.verify(made.key)).toMatchObject({ keyId: made.info.keyId });
    await Promise.all([replica.close(), second.close()]);
    await state.drop();
  });
});
