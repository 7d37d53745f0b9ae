import type { FormatError } from '../format-error.ts';

/** What `<?xml …?>` says. */
export interface XmlDeclaration {
  version: string;
  encoding: string | undefined;
  standalone: boolean | undefined;
}

const S = '[\\x20\\t\\r\\n]';
const DECLARATION = new RegExp(
  `<\\?xml${S}+version${S}*=${S}*(?:"(1\\.[0-9]+)"|'(1\\.[0-9]+)')` +
    `(?:${S}+encoding${S}*=${S}*(?:"([A-Za-z][A-Za-z0-9._-]*)"|'([A-Za-z][A-Za-z0-9._-]*)'))?` +
    `(?:${S}+standalone${S}*=${S}*(?:"(yes|no)"|'(yes|no)'))?${S}*\\?>`,
  'y',
);

/**
 * Reads the XML declaration at `start`; `next` is the offset after it.
 * Errors: what `failure` makes, when the declaration is malformed.
 * Implements `XMLDecl`, XML 1.0 §2.8 (any version 1.x is read as 1.0, as the fifth edition says).
 */
export function readDeclaration(
  source: string,
  start: number,
  failure: (message: string, at: number) => FormatError,
): { declaration: XmlDeclaration; next: number } {
  DECLARATION.lastIndex = start;
  const match = DECLARATION.exec(source);
  if (match === null) throw failure('The XML declaration is malformed', start);
  const standalone = match[5] ?? match[6];
  return {
    declaration: {
      version: (match[1] ?? match[2])!,
      encoding: match[3] ?? match[4],
      standalone: standalone === undefined ? undefined : standalone === 'yes',
    },
    next: start + match[0].length,
  };
}
