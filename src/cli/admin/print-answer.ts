import { AdminFile } from '../../http/admin/route.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * Prints an answer for people, or as JSON for scripts. A file is printed as it is.
 *
 * @param goesOnWith the option that shows what comes after a page: a last line says so where there is more
 */
export function printAnswer(answer: unknown, json: boolean, goesOnWith?: string): void {
  if (answer instanceof AdminFile) process.stdout.write(answer.text);
  else if (typeof answer === 'string') process.stdout.write(answer);
  else if (json) console.log(JSON.stringify(answer, null, 2));
  else {
    const { next, ...shown } = Object(answer) as Row;
    const isPage = goesOnWith !== undefined;
    for (const line of linesOf(isPage ? shown : answer)) console.log(line);
    if (isPage && next !== undefined)
      console.log(`There are more: ${goesOnWith} ${next} shows the next page.`);
  }
}

/** A list as a table, anything else as one property a line. */
function linesOf(answer: unknown): readonly string[] {
  const [name, only, ...more] = Object.entries(Object(answer) as Row).flat();
  if (typeof name === 'string' && Array.isArray(only) && more.length === 0)
    return only.length === 0 ? [`There are no ${name}.`] : tableOf(only as readonly Row[]);
  return Object.entries(Object(answer) as Row).flatMap(([label, value]) =>
    isRecord(value)
      ? [`${label}:`, ...linesOf(value).map((line) => `  ${line}`)]
      : `${label}: ${cell(value)}`,
  );
}

/** Columns that are empty in every row are left out. */
function tableOf(rows: readonly Row[]): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names
    .map((name) => [name, ...rows.map((row) => cell(row[name]))])
    .filter(([, ...cells]) => cells.some((text) => text !== ''));
  const widths = columns.map((cells) => Math.max(...cells.map((text) => text.length)));
  return Array.from({ length: rows.length + 1 }, (_, line) =>
    columns
      .map((cells, column) => (cells[line] ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(cell).join(' ');
  return isRecord(value) ? JSON.stringify(value) : String(value);
}

function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
