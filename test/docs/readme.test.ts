import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { board } from '../support/reference-graph.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const readme = read('README.md');

/** The code blocks of a language, in order. */
const blocks = (language: string): readonly string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text as string,
  );

const withoutSpace = (text: string): string => text.replace(/\s+/g, ' ').trim();

describe('the README', () => {
  it('shows the two commands, and the query that is tested', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
    expect(blocks('graphql').map(withoutSpace)).toContain(withoutSpace(board));
  });

  it.each(blocks('ts').map((block) => [/\/\/ (\S+\.ts)/.exec(block)?.[1] ?? 'no file', block] as const))(
    'quotes %s as it stands',
    (file, block) => {
      const source = withoutSpace(read(file));
      // Statement by statement: what stands between them in the file may be left out.
      const quoted = block
        .split('\n')
        .slice(1)
        .map(withoutSpace)
        .filter((line) => line.length > 0);
      for (const line of quoted) expect(source).toContain(line);
    },
  );

  it('leads only to pages that are there', () => {
    for (const [, target] of readme.matchAll(/\]\((?!http)([^)#]+)/g))
      expect(() => read(target as string)).not.toThrow();
  });

  it('names only scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name] of readme.matchAll(/npm run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
});
