import { type DriverHome, driverHome } from '../shared/drivers.ts';
import type { Coordinate } from '../shared/geography.ts';
import { round } from '../shared/geography.ts';
import { driversNear, minutesAway, positionAt } from './positions.ts';
import { array, dateTime, double, int, string, struct, type Value } from './values.ts';

/** The methods of `dispatch`: their signatures, help texts and what they do. */

/** An XML-RPC fault. The codes below zero are those of "Specification for Fault Code Interoperability". */
export class RpcFault extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'RpcFault';
    this.code = code;
  }
}

export const faultCodes = {
  notFound: 404,
  notWellFormed: -32_700,
  invalidCall: -32_600,
  unknownMethod: -32_601,
  wrongParameters: -32_602,
  internal: -32_603,
} as const;

export interface Method {
  /** The type of the result, then those of the parameters; an int is taken where a double is asked for. */
  signature: readonly Value['type'][];
  help: string;
  call(parameters: readonly Value[]): Value;
}

/** The methods by name, without those of `system`. @param now the clock that moves the drivers. */
export function dispatchMethods(now: () => Date): Record<string, Method> {
  return {
    'dispatch.position': {
      signature: ['struct', 'string'],
      help: 'Where the driver with this id is now.',
      call: (parameters) => {
        const position = positionAt(mustFindDriver(parameters[0]), now());
        return struct({
          driverId: string(position.driverId),
          latitude: double(position.latitude),
          longitude: double(position.longitude),
          heading: int(position.heading),
          speedKmh: double(position.speedKmh),
          updatedAt: dateTime(position.updatedAt),
        });
      },
    },
    'dispatch.minutesAway': {
      signature: ['int', 'string', 'double', 'double'],
      help: 'Minutes until the driver with this id can be at a latitude and longitude.',
      call: (parameters) => {
        const point = readPoint(parameters[1], parameters[2]);
        return int(minutesAway(mustFindDriver(parameters[0]), point, now()));
      },
    },
    'dispatch.nearbyDrivers': {
      signature: ['array', 'double', 'double', 'double', 'int'],
      help: 'Drivers around a latitude and longitude, within a radius in kilometres, nearest first, up to a limit.',
      call: (parameters) => {
        const point = readPoint(parameters[0], parameters[1]);
        const radiusKm = readNumber(parameters[2], 'radiusKm', 0, 100);
        const limit = readNumber(parameters[3], 'limit', 1, 100);
        const moment = now();
        const near = driversNear(point, radiusKm, moment).slice(0, limit);
        return array(
          near.map(({ home, distanceKm }) =>
            struct({
              driverId: string(home.id),
              distanceKm: double(round(distanceKm, 3)),
              minutesAway: int(minutesAway(home, point, moment)),
            }),
          ),
        );
      },
    },
  };
}

/** @throws RpcFault -32602 unless the parameters are of the method's types, in number and order. */
export function checkParameters(name: string, method: Method, parameters: readonly Value[]): void {
  const expected = method.signature.slice(1);
  const fits = (value: Value, type: Value['type']): boolean =>
    value.type === type || (type === 'double' && value.type === 'int');
  const types = expected.map((type, index) => {
    const value = parameters[index];
    return value !== undefined && fits(value, type);
  });
  if (parameters.length !== expected.length || types.includes(false)) {
    const came = parameters.map(({ type }) => type).join(', ');
    throw new RpcFault(
      faultCodes.wrongParameters,
      `${name} takes (${expected.join(', ')}), but (${came}) came.`,
    );
  }
}

function mustFindDriver(value: Value | undefined): DriverHome {
  const home = value?.type === 'string' ? driverHome(value.value) : undefined;
  if (!home) throw new RpcFault(faultCodes.notFound, 'There is no such driver.');
  return home;
}

function readPoint(latitude: Value | undefined, longitude: Value | undefined): Coordinate {
  return {
    latitude: readNumber(latitude, 'latitude', -90, 90),
    longitude: readNumber(longitude, 'longitude', -180, 180),
  };
}

function readNumber(value: Value | undefined, name: string, low: number, high: number): number {
  const number = value?.type === 'int' || value?.type === 'double' ? value.value : Number.NaN;
  if (!(number >= low && number <= high)) {
    throw new RpcFault(faultCodes.wrongParameters, `${name} must be from ${low} to ${high}.`);
  }
  return number;
}
