import { type FieldContext, TributaryError } from 'tributary';
import { rides } from '../datasources/rides.ts';

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** How far from a city's centre rides are taken. */
const radiusKm = 40;
const earthRadiusKm = 6_371;

/**
 * Refuses a trip that nobody drives, in words that say where it goes wrong. The service refuses it too, but says only
 * that something is not acceptable.
 */
export async function assertInServiceArea(
  { pickup, dropoff }: { readonly pickup: Point; readonly dropoff: Point },
  { load }: FieldContext,
): Promise<void> {
  const cities = await load(rides.cities, {});
  const nearest = (point: Point) =>
    cities
      .map((city) => ({ city, distanceKm: distanceKm(city, point) }))
      .reduce((best, next) => (next.distanceKm < best.distanceKm ? next : best));
  for (const [name, point] of Object.entries({ pickup, dropoff })) {
    const { city, distanceKm: away } = nearest(point);
    if (away > radiusKm)
      throw new TributaryError(
        'BAD_USER_INPUT',
        `\`input.${name}\` is ${Math.round(away)} km from ${city.name}, the nearest city of ours; we drive up to ${radiusKm} km.`,
      );
  }
  const [from, to] = [nearest(pickup).city, nearest(dropoff).city];
  if (from !== to)
    throw new TributaryError('BAD_USER_INPUT', `Nobody drives from ${from.name} to ${to.name}.`);
}

/** Along the great circle (haversine). */
function distanceKm(from: Point, to: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const height = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2;
  const width = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  const squared = height + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * width;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(squared)));
}
