/** One thing that a page tells its reader to do, or to see. */
export type Step =
  /** To write a file. */
  | { readonly kind: 'file'; readonly section: string; readonly file: string; readonly text: string }
  /** To change a file: each part of it that stands there, and what takes its place. */
  | { readonly kind: 'edit'; readonly section: string; readonly file: string; readonly changes: Changes }
  /** To type commands into a terminal, or to press Ctrl-C there. */
  | { readonly kind: 'commands'; readonly section: string; readonly terminal: string; readonly text: string }
  /** To see what a terminal prints: the one that the block names, or the last one that something was typed into. */
  | { readonly kind: 'printed'; readonly section: string; readonly terminal?: string; readonly text: string };

export type Changes = readonly { readonly before: string; readonly after: string }[];

/**
 * Reads the code blocks of a page as steps, in order. A block's first line names its file or its terminal:
 * `// board.mjs`, `# schema/rating.graphql`, `--- resolvers/ride.ts`, `# first terminal`.
 *
 * @throws Error where a block names neither
 */
export function stepsOf(page: string): readonly Step[] {
  return page.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) =>
      stepOf(section, language, text),
    );
  });
}

function stepOf(section: string, language: string, text: string): Step {
  const first = text.slice(0, text.indexOf('\n'));
  const rest = text.slice(first.length + 1);
  const terminal = /^# (\w+ terminal)$/.exec(first)?.[1];
  if (language === 'text')
    return terminal ? { kind: 'printed', section, terminal, text: rest } : { kind: 'printed', section, text };
  if (language === 'sh' && terminal) return { kind: 'commands', section, terminal, text: rest };
  const file = /^(?:\/\/|#|---) (\S+\.\w+)$/.exec(first)?.[1];
  if (file === undefined) throw new Error(`A block names neither a file nor a terminal: ${first}`);
  if (language === 'diff') return { kind: 'edit', section, file, changes: changesOf(rest) };
  return { kind: 'file', section, file, text };
}

/** The parts of a diff, between lines of `@@`: what was there, and what is there then. */
function changesOf(diff: string): Changes {
  return diff.split(/^@@$\n/m).map((part) => {
    const lines = part.split(/(?<=\n)/);
    const side = (other: string): string =>
      lines
        .filter((line) => !line.startsWith(other))
        .map((line) => line.slice(1))
        .join('');
    return { before: side('+'), after: side('-') };
  });
}

/** Applies the changes to a text. @throws Error where a part does not stand there exactly once */
export function changed(text: string, changes: Changes): string {
  return changes.reduce((current, { before, after }) => {
    const found = current.split(before);
    if (found.length !== 2) throw new Error(`Stands there ${found.length - 1} times:\n${before}`);
    return found.join(after);
  }, text);
}

/** A pattern of what a page shows as printed: `…` is anything in a line; alone in its line, any lines. */
export function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`,
  );
  return new RegExp(`^${patterns.join('')}$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
