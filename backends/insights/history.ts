import { randomFor } from '../shared/random.ts';
import type { Features } from './features.ts';
import { sigmoid } from './model.ts';

/**
 * Riders of former years, of whom it is known who stayed: what the model learns from. The riders of today cannot teach it,
 * since nobody knows yet what they will do.
 */

export interface Example {
  readonly features: Features;
  readonly left: boolean;
}

const formerRiders = 5_000;

/** Always the same 5,000. */
export function seedHistory(): Example[] {
  const random = randomFor('insights history');
  return Array.from({ length: formerRiders }, () => {
    const ridesLast90Days = random.integer(0, 14);
    const ridesLast30Days = Array.from({ length: ridesLast90Days }).filter(() => random.chance(0.35)).length;
    const features: Features = {
      ridesLast30Days,
      ridesLast90Days,
      cancellationsLast90Days: Array.from({ length: 5 }).filter(() => random.chance(0.15)).length,
      daysSinceLastRide:
        ridesLast30Days > 0 ? random.integer(0, 29) : random.integer(30, ridesLast90Days > 0 ? 89 : 90),
      averageWaitMinutes: 3 + random.next() * 12,
    };
    return { features, left: random.chance(chanceToLeave(features)) };
  });
}

/** How people were, which the model has to find out. */
function chanceToLeave(features: Features): number {
  const { ridesLast30Days, ridesLast90Days, cancellationsLast90Days } = features;
  const { daysSinceLastRide, averageWaitMinutes } = features;
  return sigmoid(
    -0.6 -
      0.45 * ridesLast30Days -
      0.08 * ridesLast90Days +
      0.5 * cancellationsLast90Days +
      0.05 * (daysSinceLastRide - 15) +
      0.18 * (averageWaitMinutes - 8),
  );
}
