import { type Coordinate, distanceMetres } from './geography.ts';

/** The three cities the company drives in. */

export interface City extends Coordinate {
  id: string;
  name: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** ISO 4217. */
  currency: string;
  timeZone: string;
}

export const cities: readonly City[] = [
  {
    id: 'LIS',
    name: 'Lisboa',
    country: 'PT',
    currency: 'EUR',
    timeZone: 'Europe/Lisbon',
    latitude: 38.7223,
    longitude: -9.1393,
  },
  {
    id: 'BER',
    name: 'Berlin',
    country: 'DE',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    latitude: 52.52,
    longitude: 13.405,
  },
  {
    id: 'OSL',
    name: 'Oslo',
    country: 'NO',
    currency: 'NOK',
    timeZone: 'Europe/Oslo',
    latitude: 59.9139,
    longitude: 10.7522,
  },
];

/** The instant at which the seeded data ends; no seeded ride is newer. */
export const seedEnd = '2025-06-30T18:00:00Z';

/** How far from a city's centre the company drives. */
export const areaRadiusMetres = 40_000;

export function cityById(id: string): City | undefined {
  return cities.find((city) => city.id === id);
}

/** The city whose area holds the point, or undefined; areas do not overlap. */
export function cityAround(point: Coordinate): City | undefined {
  return cities.find((city) => distanceMetres(city, point) <= areaRadiusMetres);
}
