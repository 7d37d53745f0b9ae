import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { appsCommand } from '../../src/cli/admin/apps.ts';
import { auditCommand } from '../../src/cli/admin/audit.ts';
import { keysCommand } from '../../src/cli/admin/keys.ts';
import { plansCommand } from '../../src/cli/admin/plans.ts';
import { switchCommand } from '../../src/cli/admin/switch.ts';
import { tokensCommand } from '../../src/cli/admin/tokens.ts';
import { usageCommand } from '../../src/cli/admin/usage.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/incidents.md', import.meta.url)), 'utf8');
const program = [
  appsCommand(),
  auditCommand(),
  keysCommand(),
  plansCommand(),
  switchCommand(),
  tokensCommand(),
  usageCommand(),
].reduce((all, command) => all.addCommand(command), new Command('tributary'));

/** Words as a shell parts them: quotes hold together. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);

const shown = [...page.matchAll(/`tributary ([^`]+)`/g)]
  .map(([, text]) => text as string)
  .filter((text) => !/^(check|schema)\b/.test(text));

describe('the page for incidents', () => {
  it('shows commands', () => expect(shown.length).toBeGreaterThan(15));

  it.each(shown)('shows a command that there is: tributary %s', (text) => {
    const [group, name, ...rest] = wordsOf(text);
    const command = program.commands.find((each) => each.name() === group);
    const sub = command?.commands.find((each) => each.name() === name);
    expect(sub, text).toBeDefined();
    const { unknown } = (sub as Command).parseOptions(
      rest.map((word) => (word === '…' ? '2026-11-23T08:00:00Z' : word)),
    );
    expect(unknown).toEqual([]);
  });
});
