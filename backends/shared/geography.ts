/** Points on the globe and the distance between them. */

export interface Coordinate {
  latitude: number;
  longitude: number;
}

const earthRadiusMetres = 6_371_000;

/** Metres along the great circle (haversine), rounded to whole metres. */
export function distanceMetres(from: Coordinate, to: Coordinate): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const halfHeight = Math.sin(radians(to.latitude - from.latitude) / 2);
  const halfWidth = Math.sin(radians(to.longitude - from.longitude) / 2);
  const squared =
    halfHeight ** 2 + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * halfWidth ** 2;
  return Math.round(2 * earthRadiusMetres * Math.asin(Math.min(1, Math.sqrt(squared))));
}

/** The point so many metres to the north and to the east, to six decimals (about 0.1 m). */
export function offset(from: Coordinate, northMetres: number, eastMetres: number): Coordinate {
  const metresPerDegree = 111_195;
  const shrink = Math.cos((from.latitude * Math.PI) / 180);
  return {
    latitude: round(from.latitude + northMetres / metresPerDegree, 6),
    longitude: round(from.longitude + eastMetres / (metresPerDegree * shrink), 6),
  };
}

/** Rounds to a number of decimals. */
export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
