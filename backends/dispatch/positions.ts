import { type City, cityById } from '../shared/cities.ts';
import { type DriverHome, driverHomes } from '../shared/drivers.ts';
import { type Coordinate, distanceMetres, offset, round } from '../shared/geography.ts';
import { randomFor } from '../shared/random.ts';

/**
 * Where the drivers are. Each drives round and round on a circle of its own: a position is a pure function of driver
 * and second, so that any two servers agree and nothing needs to be stored.
 */

export interface Position extends Coordinate {
  driverId: string;
  /** Degrees clockwise from north, 0–359. */
  heading: number;
  speedKmh: number;
  updatedAt: Date;
}

interface Course {
  centre: Coordinate;
  radiusMetres: number;
  /** Seconds for one round. */
  period: number;
  /** Where on the circle at second 0, as a part of the round. */
  phase: number;
}

/** Streets are longer than the line through the air, and traffic is slow. */
const detour = 1.3;
const metresPerMinute = 400;

/** Where a driver is at a moment; it changes once a second. */
export function positionAt(home: DriverHome, moment: Date): Position {
  const seconds = Math.floor(moment.getTime() / 1_000);
  const { centre, radiusMetres, period, phase } = courseOf(home);
  const turn = ((seconds % period) / period + phase) % 1;
  const angle = 2 * Math.PI * turn;
  const point = offset(centre, radiusMetres * Math.cos(angle), radiusMetres * Math.sin(angle));
  return {
    driverId: home.id,
    ...point,
    heading: Math.floor(turn * 360 + 90) % 360,
    speedKmh: round(((2 * Math.PI * radiusMetres) / period) * 3.6, 2),
    updatedAt: new Date(seconds * 1_000),
  };
}

/** Minutes until a driver is at a point, 1 at least; the same for every moment of one minute. */
export function minutesAway(home: DriverHome, point: Coordinate, moment: Date): number {
  const minute = new Date(Math.floor(moment.getTime() / 60_000) * 60_000);
  return Math.max(1, Math.ceil((distanceMetres(positionAt(home, minute), point) * detour) / metresPerMinute));
}

/** Drivers within a radius, nearest first, then by id. */
export function driversNear(
  point: Coordinate,
  radiusKm: number,
  moment: Date,
): { home: DriverHome; distanceKm: number }[] {
  return driverHomes
    .map((home) => ({ home, distanceKm: distanceMetres(positionAt(home, moment), point) / 1_000 }))
    .filter((near) => near.distanceKm <= radiusKm)
    .sort((a, b) => a.distanceKm - b.distanceKm || (a.home.id < b.home.id ? -1 : 1));
}

const courses = new Map<string, Course>();

function courseOf(home: DriverHome): Course {
  let course = courses.get(home.id);
  if (!course) {
    const random = randomFor(`course of ${home.id}`);
    const city = cityById(home.cityId) as City;
    course = {
      centre: offset(city, random.integer(-8_000, 8_000), random.integer(-8_000, 8_000)),
      radiusMetres: random.integer(300, 1_500),
      period: random.integer(600, 1_200),
      phase: random.next(),
    };
    courses.set(home.id, course);
  }
  return course;
}
