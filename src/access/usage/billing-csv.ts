import { stringify } from 'csv-stringify/sync';
import type { BillingLine } from './periods.ts';

/** The columns of the file, in order; once published they stay. */
const columns = ['period', 'app', 'key', 'calls', 'aborted', 'units', 'adjustment'] as const;

/**
 * Billing lines as CSV (RFC 4180): a header, then a line each. No cell is taken for a formula by a spreadsheet.
 *
 * @example billingCsv(await billingLines(database, '2026-11'))
 */
export function billingCsv(lines: readonly BillingLine[]): string {
  const rows = lines.map(({ isAdjustment, ...line }) => ({
    ...line,
    adjustment: isAdjustment ? 'yes' : 'no',
  }));
  return csvOf(columns, rows);
}

/** Any rows as CSV, by the names of their members. */
export function csvOf<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Partial<Record<Column, string | number | undefined>>>[],
): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    escape_formulas: true,
  });
}
