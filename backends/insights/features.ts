import type { Ride } from '../rides/types.ts';

/** What the model knows of a rider, each a plain number, in this order everywhere. */

export const featureNames = [
  'ridesLast30Days',
  'ridesLast90Days',
  'cancellationsLast90Days',
  'daysSinceLastRide',
  'averageWaitMinutes',
] as const;
export type FeatureName = (typeof featureNames)[number];
export type Features = Readonly<Record<FeatureName, number>>;

const dayMs = 86_400_000;
/** For a rider of whom no ride is known: no longer ago than the window is long. */
const windowDays = 90;
/** What a rider waits who has not waited yet. */
const usualWaitMinutes = 8;

/**
 * The features of one rider at an instant.
 *
 * @param rides of this rider, in any order; later ones and those older than 90 days are passed over
 * @param at milliseconds since 1970
 */
export function featuresOf(rides: readonly Ride[], at: number): Features {
  const ageDays = (ride: Ride): number => (at - Date.parse(ride.requestedAt)) / dayMs;
  const recent = rides.filter((ride) => ageDays(ride) >= 0 && ageDays(ride) <= windowDays);
  const driven = recent.filter(({ status }) => status !== 'CANCELLED');
  const waits = driven.map(({ promisedMinutes }) => promisedMinutes);
  return {
    ridesLast30Days: driven.filter((ride) => ageDays(ride) <= 30).length,
    ridesLast90Days: driven.length,
    cancellationsLast90Days: recent.length - driven.length,
    daysSinceLastRide: Math.floor(Math.min(windowDays, ...driven.map(ageDays))),
    averageWaitMinutes:
      waits.length === 0 ? usualWaitMinutes : waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
  };
}
