/** The one list of backends: their names, first ports and the environment variables that configure them. */

/** Moves all HTTP backends together: it is the port of the first, the others follow it by one each. */
export const portVariable = 'BACKENDS_PORT';

/** An HTTP backend: `npm run backend -- NAME` starts it, `urlVariable` says where another one runs. */
export interface HttpBackend {
  name: string;
  port: number;
  urlVariable: string;
  /** What follows the origin in the URL that a client of this backend needs. */
  path: string;
}

export const httpBackends: readonly HttpBackend[] = [
  { name: 'rides', port: 4101, urlVariable: 'RIDES_URL', path: '' },
  { name: 'tariffs', port: 4102, urlVariable: 'TARIFFS_URL', path: '/tariffs' },
  { name: 'dispatch', port: 4103, urlVariable: 'DISPATCH_URL', path: '/RPC2' },
  { name: 'weather', port: 4104, urlVariable: 'WEATHER_URL', path: '' },
  { name: 'payments', port: 4105, urlVariable: 'PAYMENTS_URL', path: '' },
  { name: 'insights', port: 4106, urlVariable: 'INSIGHTS_URL', path: '' },
  { name: 'partners', port: 4107, urlVariable: 'PARTNERS_URL', path: '' },
];

/** The one backend that is a database and no server. */
export const fleetBackend = {
  name: 'fleet',
  urlVariable: 'FLEET_DATABASE_URL',
  defaultUrl: 'sqlite:.data/fleet.db',
} as const;

/** Every name that `npm run backend -- NAME` knows. */
export const backendNames: readonly string[] = [...httpBackends.map(({ name }) => name), fleetBackend.name];

/**
 * The port an HTTP backend listens on: its own, or its place after `BACKENDS_PORT`.
 * `BACKENDS_PORT=0` gives 0 for all: each then takes a free port.
 *
 * @throws Error naming the variable when its value is not a port with room for all backends after it.
 */
export function portOf(name: string, environment: Readonly<Record<string, string | undefined>>): number {
  const place = httpBackends.findIndex((backend) => backend.name === name);
  const backend = httpBackends[place];
  if (!backend) throw new Error(`There is no HTTP backend "${name}".`);
  const value = environment[portVariable];
  if (value === undefined || value === '') return backend.port;
  const last = 65_536 - httpBackends.length;
  const first = parsePort(value);
  if (first === undefined || first > last) {
    throw new Error(`${portVariable} must be 0 or a port from 1 to ${last}, but it is "${value}".`);
  }
  return first === 0 ? 0 : first + place;
}

/** A whole number from 0 to 65535 in decimal digits, or undefined. */
export function parsePort(value: string): number | undefined {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : undefined;
}
