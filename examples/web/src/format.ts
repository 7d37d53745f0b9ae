import type { RideStatus } from './generated/graphql.ts';

/** `17.09` and `EUR` as `€17.09`, from the text that the server sent: no digit is lost on the way. */
export function money(amount: string, currency: string): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(amount as `${number}`);
}

export function count(value: number): string {
  return new Intl.NumberFormat('en-GB').format(value);
}

/** `30 Jun, 19:59` as the clocks of the city have it. */
export function cityTime(instant: string, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timeZone ?? 'UTC',
    ...(timeZone === undefined ? { timeZoneName: 'short' } : {}),
  }).format(new Date(instant));
}

/** `14:05:09` here. */
export function clockTime(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(ms);
}

/** `2025-06-30` */
export function day(instant: string | number | Date): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** `30 Jun` of `2025-06-30`, for where there is little room. */
export function shortDay(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(day),
  );
}

/** The days from the first to the last, both among them. Nothing where they stand the other way round. */
export function daysBetween(from: string, to: string): readonly string[] {
  const dayMs = 86_400_000;
  const [first, last] = [Date.parse(from), Date.parse(to)];
  if (!(first <= last)) return [];
  return Array.from({ length: (last - first) / dayMs + 1 }, (_, index) => day(first + index * dayMs));
}

/** `IN_PROGRESS` as `in progress`. */
export function words(constant: string): string {
  return constant.toLowerCase().replaceAll('_', ' ');
}

/** Whether the driver of such a ride is on the way to the pickup. Before and after that, how far they are says nothing. */
export function isApproaching(status: RideStatus): boolean {
  return status === 'ASSIGNED' || status === 'ARRIVING';
}
