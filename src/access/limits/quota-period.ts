/** How long a quota lasts, by UTC. */
export type QuotaPeriod = 'day' | 'month';

/** The period that a time is in: its name (`2026-11-23`, `2026-11`) and when it ends, in milliseconds since the epoch. */
export function quotaPeriodAt(
  period: QuotaPeriod,
  at: number,
): { readonly name: string; readonly endsAt: number } {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === 'day'
    ? { name: date.toISOString().slice(0, 10), endsAt: Date.UTC(year, month, day + 1) }
    : { name: date.toISOString().slice(0, 7), endsAt: Date.UTC(year, month + 1) };
}
