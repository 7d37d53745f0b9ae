import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { Terminal } from '../support/terminal.ts';
import { changed, patternOf, type Step, stepsOf } from './page-steps.ts';

/** The log goes to a stream of its own, so this line of a later start may stand before others or after them. */
const anchorLine = /^\{.*The end of the audit log.*\}\n/m;

const root = fileURLToPath(new URL('../..', import.meta.url));
const steps = stepsOf(await readFile(join(root, 'docs/tutorial.md'), 'utf8'));

/** Takes whatever is slow on a busy machine: a build, nine backends, a compiler. */
const timeout = 120_000;

describe('docs/tutorial.md, followed step by step from an empty folder', () => {
  let folder: string;
  let terminals: Readonly<Record<string, Terminal>>;
  /** What the page says, and what holds here in its place: its folder and its ports may be in use. */
  let places: ReadonlyMap<string, string>;
  let current = '';
  let broken = false;

  beforeAll(async () => {
    await mkdir(join(root, '.data'), { recursive: true });
    folder = await mkdtemp(join(root, '.data', 'tutorial-'));
    const [graphPort, ratingsPort] = [String(await freePort()), String(await freePort())];
    places = new Map([
      ['.data/tutorial', `.data/${basename(folder)}`],
      ['4000', graphPort],
      ['4110', ratingsPort],
    ]);
    const env = {
      PORT: graphPort,
      ADMIN_PORT: '0',
      BACKENDS_PORT: '0',
      REDIS_URL: '',
      FORCE_COLOR: '0',
      FLEET_DATABASE_URL: `sqlite:${join(folder, '.data/fleet.db')}`,
      WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, '.data/warehouse.db')}`,
    };
    terminals = Object.fromEntries(
      ['first', 'second', 'third'].map((name) => [`${name} terminal`, new Terminal(root, env)]),
    );
  });
  afterAll(async () => {
    await Promise.all(Object.values(terminals).map((terminal) => terminal.close()));
    await rm(folder, { recursive: true });
  });

  it('has steps of every kind', () => {
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['file', 'edit', 'commands', 'printed']));
  });

  for (const step of steps) {
    // Not tried again: a step builds on the one before, and a second attempt would be skipped and hide that the first failed.
    it(`${step.section}: ${titleOf(step)}`, { timeout, retry: 0 }, async ({ skip }) => {
      skip(broken, 'a step before it failed');
      broken = true;
      await follow(step);
      broken = false;
    });
  }

  /** The page's text, with what holds here in place of its folder and ports. */
  function here(text: string): string {
    let result = text;
    for (const [there, local] of places) result = result.replaceAll(there, local);
    return result;
  }

  async function follow(step: Step): Promise<void> {
    switch (step.kind) {
      case 'file': {
        const target = join(folder, step.file);
        await mkdir(dirname(target), { recursive: true });
        return writeFile(target, here(step.text));
      }
      case 'edit': {
        const target = join(folder, step.file);
        const changes = step.changes.map(({ before, after }) => ({
          before: here(before),
          after: here(after),
        }));
        return writeFile(target, changed(await readFile(target, 'utf8'), changes));
      }
      case 'commands':
        current = step.terminal;
        return type(terminalOf(current), here(step.text));
      case 'printed':
        return see(terminalOf(step.terminal ?? current), here(step.text));
    }
  }

  function terminalOf(name: string): Terminal {
    const terminal = terminals[name];
    if (terminal === undefined) throw new Error(`The page speaks of a ${name}.`);
    return terminal;
  }

  /** The first terminal is for commands that end well; in the others run services, until Ctrl-C. */
  async function type(terminal: Terminal, commands: string): Promise<void> {
    if (commands.trim() === '^C') {
      await terminal.interrupt();
      terminal.take();
      return;
    }
    // What the page does not show of the commands before.
    terminal.take();
    const ended = terminal.run(commands);
    if (current === 'first terminal' && (await ended) !== 0) throw new Error(terminal.take());
  }

  async function see(terminal: Terminal, shown: string): Promise<void> {
    const pattern = patternOf(shown);
    const printed = (): string => `${terminal.printed.replace(anchorLine, '').trimEnd()}\n`;
    if (terminal.isIdle) expect(printed()).toMatch(pattern);
    else await expect.poll(printed, { timeout: timeout / 2 }).toMatch(pattern);
    terminal.take();
  }
});

function titleOf(step: Step): string {
  const firstLine = (text: string): string => text.trimEnd().split('\n', 1)[0] as string;
  switch (step.kind) {
    case 'file':
      return `writes ${step.file}`;
    case 'edit':
      return `changes ${step.file}`;
    case 'commands':
      return `types ${firstLine(step.text)}`;
    case 'printed':
      return `sees ${firstLine(step.text)}`;
  }
}
