/** Finds entries of resolver files by their text, so that a problem can name a line. */

/** `file:line` of an export, or of a field's entry in it; the file alone where it is not found. */
export function placeOfEntry(file: string, text: string, exportName: string, field?: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => exportPattern(exportName).test(line));
  if (start < 0) return file;
  if (field === undefined) return `${file}:${start + 1}`;
  const entry = new RegExp(`(^\\s*|[{,]\\s*)(async\\s+)?['"]?${field}['"]?\\s*([:(,}]|$)`);
  const offset = lines.slice(start).findIndex((line, index) => {
    // On the line of the export, what stands before the `=` is its type.
    return entry.test(index === 0 ? line.slice(line.indexOf('=') + 1) : line);
  });
  return offset < 0 ? `${file}:${start + 1}` : `${file}:${start + offset + 1}`;
}

/**
 * The coordinate of the entry that a line belongs to: the nearest entry above it with the indentation of the first
 * one, in the nearest export of an object above it.
 *
 * @param line counted from 1
 */
export function coordinateAt(text: string, line: number): string | undefined {
  const lines = text.split('\n').slice(0, line);
  const start = lines.findLastIndex((each) => /^export const \w.*[{=]\s*$/.test(each));
  const [, type] = /^export const (\w+)/.exec(lines[start] ?? '') ?? [];
  if (type === undefined) return undefined;
  const entry = /^(\s+)(?:async )?['"]?(\w+)['"]?\s*[:(,]/;
  const entries = lines.slice(start + 1).flatMap((each) => entry.exec(each) ?? []);
  const indentation = entries[1];
  const last = lines
    .slice(start + 1)
    .map((each) => entry.exec(each))
    .findLast((found) => found !== null && found[1] === indentation);
  return last ? `${type}.${last[2]}` : type;
}

function exportPattern(name: string): RegExp {
  return new RegExp(`\\b(const|let|function)\\s+${name}\\b`);
}
