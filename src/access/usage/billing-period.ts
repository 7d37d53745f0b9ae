const hourMs = 3_600_000;

/** The hour that a time is in, as a number since the epoch. */
export function hourOf(at: number): number {
  return Math.floor(at / hourMs);
}

/** The billing period that a time is in, by UTC: `2026-11`. */
export function periodOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** The period that an hour is in. */
export function periodOfHour(hour: number): string {
  return periodOf(hour * hourMs);
}

/** The hours of a period: the first, and the first after it. `undefined` where the text is no period. */
export function hoursOf(period: string): { readonly from: number; readonly to: number } | undefined {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(period);
  if (match === null) return undefined;
  const [year, month] = [Number(match[1]), Number(match[2])];
  return { from: hourOf(Date.UTC(year, month - 1)), to: hourOf(Date.UTC(year, month)) };
}

/** The period after one. */
export function periodAfter(period: string): string {
  return periodOfHour(hoursOf(period)?.to ?? Number.NaN);
}
