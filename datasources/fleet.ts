import { column, columns, env, input, keys, list, many, one, type Page, sql } from 'tributary';

/** A driver, as the fleet's database has them. */
export interface Driver {
  readonly id: string;
  readonly name: string;
  readonly rating: string;
  readonly phone: string;
  readonly cityId: string;
  readonly licenceNumber: string;
  readonly joinedOn: string;
  readonly active: boolean;
}

export type DriverPage = Page<Driver>;

export interface Vehicle {
  readonly id: string;
  readonly driverId: string;
  readonly make: string;
  readonly model: string;
  readonly plate: string;
  readonly year: number;
  readonly odometerMetres: string;
  readonly colour: string | null;
}

const driver = columns({
  id: 'id',
  name: 'name',
  rating: column.decimal('rating', 2),
  phone: 'phone',
  cityId: 'city_id',
  licenceNumber: column.bigint('licence_number'),
  joinedOn: column.date('joined_on'),
  active: column.boolean('active'),
});

const vehicle = columns({
  id: 'id',
  driverId: 'driver_id',
  make: 'make',
  model: 'model',
  plate: 'plate',
  year: 'year',
  odometerMetres: column.bigint('odometer_metres'),
  colour: 'colour',
});

/** Drivers and their vehicles, in SQL: SQLite by default, PostgreSQL or MariaDB by URL. */
export const fleet = sql('fleet', {
  url: env('FLEET_DATABASE_URL', 'sqlite:.data/fleet.db'),
  timeoutMs: 2_000,
  operations: {
    driver: one<{ id: string }, Driver>({ scope: 'public', cache: { ttlMs: 60_000 } })`
      SELECT ${driver} FROM drivers WHERE id IN (${keys('id')})`,

    drivers: list<{ first: number; after: string }, Driver>({ scope: 'public', cache: { ttlMs: 60_000 } })`
      SELECT ${driver} FROM drivers WHERE id > ${input('after')} ORDER BY id LIMIT ${input('first', 'int')}`,

    // A driver without a vehicle is nothing that mends itself in a second.
    vehicle: one<{ driverId: string }, Vehicle>({
      scope: 'public',
      cache: { ttlMs: 60_000, missingTtlMs: 60_000 },
    })`
      SELECT ${vehicle} FROM vehicles WHERE driver_id IN (${keys('driverId')}) ORDER BY id`,

    vehicles: many<{ driverId: string }, Vehicle>({ scope: 'public', cache: { ttlMs: 60_000 } })`
      SELECT ${vehicle} FROM vehicles WHERE driver_id IN (${keys('driverId')}) ORDER BY id`,
  },
});
