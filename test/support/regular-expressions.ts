import { parseAst } from 'vite';
import { evilPieces, pumped } from './evil-texts.ts';

/** The regular expressions that a source text writes out. */
export function expressionsOf(source: string): RegExp[] {
  const found: RegExp[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { regex } = node as { regex?: { pattern: string; flags: string } };
    if (regex !== undefined) found.push(new RegExp(regex.pattern, regex.flags));
    else for (const child of Object.values(node)) visit(child);
  };
  visit(parseAst(source, { lang: 'ts' }));
  return found;
}

const piece = /\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|\[(?:\\.|[^\]\\])*\]|[^\\()[\]{}?*+|^$]/gi;
const ofClass: Readonly<Record<string, string>> = {
  ...{ d: '0', D: 'x', w: 'a', W: '-', s: ' ', S: 'x', b: '', B: '', n: '\n', r: '\r', t: '\t' },
};

/**
 * Texts that a pattern may be slow to refuse: what each of its parts takes, again and again, after what the parts before it take, and
 * at the end a character that hardly any pattern takes.
 */
export function textsAgainst({ source }: RegExp): readonly string[] {
  const bare = source.replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, '(').replace(/\{\d+(?:,\d*)?\}/g, '');
  const samples = (bare.match(piece) ?? []).map(sampleOf);
  const texts = new Set(
    [...evilPieces, ...samples].filter(Boolean).map((each) => pumped('', each, '\u0000')),
  );
  for (let start = 0; start < Math.min(samples.length, 30); start++)
    for (let count = 1; count <= 3; count++) {
      const repeated = samples.slice(start, start + count).join('');
      if (repeated === '') continue;
      texts.add(pumped('', repeated, '\u0000'));
      texts.add(pumped(samples.slice(0, start).join(''), repeated, '\u0000'));
    }
  return [...texts];
}

/** A text that one part of a pattern takes. */
function sampleOf(part: string): string {
  if (part.startsWith('[^')) return '~';
  if (part.startsWith('[')) return sampleOf(/^\\?./.exec(part.slice(1))?.[0] ?? '');
  if (/^\\[xu][0-9a-f]/i.test(part)) return String.fromCharCode(Number.parseInt(part.slice(2), 16));
  if (part.startsWith('\\')) return ofClass[part[1] as string] ?? (part[1] as string);
  return part === '.' ? 'x' : part;
}
