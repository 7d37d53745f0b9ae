import { z } from 'zod';
import type { Database } from '../../access/state/database.ts';
import { billingCsv, csvOf } from '../../access/usage/billing-csv.ts';
import { billingLines, closePeriod } from '../../access/usage/periods.ts';
import { reconcile } from '../../access/usage/reconcile.ts';
import { usageDetails, usageLines } from '../../access/usage/statistics.ts';
import type { Writer } from '../../access/writer.ts';
import type { Clock } from '../../util/clock.ts';
import { instant, plainText } from './inputs.ts';
import { AdminFile, type AdminRoute, adminRoute } from './route.ts';

export interface UsageSources {
  readonly database: Database;
  readonly writer: Writer;
  readonly clock: Clock;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const csv = 'text/csv; charset=utf-8';
const groups = ['hour', 'day', 'app', 'key', 'operation'] as const;
const lineColumns = [
  ...(['at', 'app', 'key', 'operation', 'name', 'calls', 'billed', 'aborted', 'failed', 'refused'] as const),
  ...(['units', 'bytes', 'averageMs', 'p50Ms', 'p95Ms', 'p99Ms'] as const),
];

const filter = {
  from: instant.optional().describe('Since when; a week ago where nothing is said.'),
  to: instant.optional().describe('Until when; now where nothing is said.'),
  app: plainText.max(64).optional(),
  key: plainText.max(64).optional(),
  operation: plainText.max(64).optional().describe('SHA-256 of a document.'),
};
const periodInPath = z.strictObject({
  period: z.string().regex(/^\d{4}-\d{2}$/, 'A month such as `2026-11` is expected'),
});

/** What was used, over HTTP: for people, for charts and for billing. */
export function usageRoutes({ database, writer, clock }: UsageSources): readonly AdminRoute[] {
  const between = ({ from, to, ...rest }: { from?: number | undefined; to?: number | undefined }) => {
    const until = to ?? clock.now();
    return { from: from ?? until - 7 * dayMs, to: until, ...rest };
  };
  return [
    adminRoute({
      name: 'showUsage',
      method: 'GET',
      path: '/usage',
      reads: 'usage.read',
      summary:
        'Shows what was used: calls, units, bytes, failures and latency, by the groups that are asked for.',
      query: z.strictObject({
        ...filter,
        by: groupList(),
        format: z.enum(['json', 'csv']).default('json'),
      }),
      answer: 'A line for each group, or the same as CSV.',
      async handle({ query: { by, format, ...asked } }) {
        const lines = await usageLines(database, between(asked), by);
        if (format === 'json') return { usage: lines };
        const rows = lines.map((line) => ({
          ...line,
          at: line.at === undefined ? undefined : new Date(line.at).toISOString(),
        }));
        const columns = lineColumns.filter((column) => rows.some((row) => row[column] !== undefined));
        return new AdminFile(csv, 'usage.csv', csvOf(columns, rows));
      },
    }),
    adminRoute({
      name: 'showUsageDetails',
      method: 'GET',
      path: '/usage/details',
      reads: 'usage.details',
      summary: 'Counts errors by code, failures by field, or requests to backends by datasource.',
      query: z.strictObject({ ...filter, kind: z.enum(['code', 'field', 'upstream']).default('code') }),
      answer: 'The counts, the most frequent first.',
      handle: async ({ query: { kind, ...asked } }) => ({
        details: await usageDetails(database, between(asked), kind),
      }),
    }),
    adminRoute({
      name: 'billPeriod',
      method: 'GET',
      path: '/usage/periods/{period}',
      reads: 'usage.bill',
      summary: 'Gives what a month is billed for, by app and key, with adjustments of closed months.',
      parameters: periodInPath,
      query: z.strictObject({ format: z.enum(['json', 'csv']).default('json') }),
      answer: 'The lines, or the same as CSV.',
      async handle({ parameters: { period }, query: { format } }) {
        const lines = await billingLines(database, period);
        return format === 'json' ? { lines } : new AdminFile(csv, `usage-${period}.csv`, billingCsv(lines));
      },
    }),
    adminRoute({
      name: 'closePeriod',
      method: 'POST',
      path: '/usage/periods/{period}/close',
      summary: 'Closes a month: its lines are frozen, what comes later is an adjustment.',
      parameters: periodInPath,
      body: z.strictObject({}),
      answer: 'The month.',
      handle: ({ parameters: { period }, actor }) =>
        writer.write({ actor, action: 'usage.close', target: period }, async (step) => {
          await closePeriod(step.database, period, clock);
          return { result: { closed: period }, after: { period } };
        }),
    }),
    adminRoute({
      name: 'reconcileUsage',
      method: 'GET',
      path: '/usage/reconcile',
      reads: 'usage.reconcile',
      summary: 'Adds the events up anew, and tells where the statistics differ from them.',
      query: z.strictObject({ from: filter.from, to: filter.to }),
      answer: 'The hours that differ: none, if all is well.',
      async handle({ query }) {
        const { from, to } = between(query);
        const hours = { from: Math.floor(from / hourMs), to: Math.floor(to / hourMs) + 1 };
        return { mismatches: await reconcile(database, hours) };
      },
    }),
  ];
}

/** `day,key` */
function groupList() {
  return z
    .string()
    .default('app')
    .transform((text) => text.split(',').filter((word) => word !== ''))
    .pipe(z.array(z.enum(groups)).max(groups.length))
    .describe(`Parted by commas: ${groups.join(', ')}.`);
}
