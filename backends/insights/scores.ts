import { seedRiders, seedRides } from '../rides/data.ts';
import type { Ride } from '../rides/types.ts';
import { seedEnd } from '../shared/cities.ts';
import { committedModel } from './committed-model.ts';
import { type Features, featuresOf } from './features.ts';
import { churnRisk } from './model.ts';

/** The score of every rider. Features are gathered once a day; the seeded day is the last one. */

export interface Score {
  readonly riderId: string;
  /** From 0 to 1. */
  readonly churnRisk: number;
  readonly features: Features;
}

/** Those most at risk first; of equal ones in order of id. */
export function allScores(): Score[] {
  const riders = seedRiders();
  const ridesOf = new Map<string, Ride[]>(riders.map(({ id }) => [id, []]));
  for (const ride of seedRides(riders)) ridesOf.get(ride.riderId)?.push(ride);
  const at = Date.parse(seedEnd);
  return riders
    .map(({ id }) => {
      const features = featuresOf(ridesOf.get(id) ?? [], at);
      return { riderId: id, churnRisk: churnRisk(features, committedModel), features };
    })
    .sort((a, b) => b.churnRisk - a.churnRisk || (a.riderId < b.riderId ? -1 : 1));
}
