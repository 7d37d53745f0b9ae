import { Problem } from '../shared/problem.ts';
import { seedVehicles } from './data.ts';
import type { PartnerVehicle, VehicleDescription } from './types.ts';

/**
 * The vehicles in memory. Every write states what it knows of the vehicle; one that knows an old version is refused. One
 * that was done already is not refused but answered again (RFC 9110 §13.1.1 allows it), so that a write whose answer was
 * lost can be repeated.
 */

export interface VehicleStore {
  /** In order of plate. */
  ofPartner(partnerId: string): PartnerVehicle[];
  /** @throws Problem 404, or 410 for one that was withdrawn */
  vehicle(partnerId: string, plate: string): PartnerVehicle;
  /** @throws Problem 412 where there is another vehicle with this plate */
  register(partnerId: string, plate: string, description: VehicleDescription): PartnerVehicle;
  /** @throws Problem 404, 410, 412 where the version is not the newest */
  change(partnerId: string, plate: string, description: VehicleDescription, version: number): PartnerVehicle;
  /** @throws Problem 404, 410, 412 where the version is not the newest */
  withdraw(partnerId: string, plate: string, version: number): void;
}

export function vehicleStore(): VehicleStore {
  const vehicles = new Map(
    seedVehicles().map((vehicle) => [keyOf(vehicle.partnerId, vehicle.plate), vehicle]),
  );
  const withdrawn = new Set<string>();

  const find = (partnerId: string, plate: string): PartnerVehicle => {
    const key = keyOf(partnerId, plate);
    const vehicle = vehicles.get(key);
    if (vehicle) return vehicle;
    throw withdrawn.has(key)
      ? new Problem(410, 'The vehicle was withdrawn.')
      : new Problem(404, 'There is no such vehicle.');
  };
  const put = (vehicle: PartnerVehicle): PartnerVehicle => {
    const key = keyOf(vehicle.partnerId, vehicle.plate);
    vehicles.set(key, vehicle);
    withdrawn.delete(key);
    return vehicle;
  };

  return {
    ofPartner: (partnerId) =>
      [...vehicles.values()]
        .filter((vehicle) => vehicle.partnerId === partnerId)
        .sort((a, b) => (a.plate < b.plate ? -1 : 1)),
    vehicle: find,
    register: (partnerId, plate, description) => {
      const present = vehicles.get(keyOf(partnerId, plate));
      if (!present) return put({ partnerId, plate, version: 1, ...description });
      if (present.version === 1 && isSame(present, description)) return present;
      throw new Problem(412, 'There is a vehicle with this plate already.');
    },
    change: (partnerId, plate, description, version) => {
      const present = find(partnerId, plate);
      if (present.version === version) return put({ ...present, ...description, version: version + 1 });
      if (present.version === version + 1 && isSame(present, description)) return present;
      throw staleVersion(present);
    },
    withdraw: (partnerId, plate, version) => {
      const present = find(partnerId, plate);
      if (present.version !== version) throw staleVersion(present);
      const key = keyOf(partnerId, plate);
      vehicles.delete(key);
      withdrawn.add(key);
    },
  };
}

function keyOf(partnerId: string, plate: string): string {
  return `${partnerId} ${plate}`;
}

function staleVersion({ version }: PartnerVehicle): Problem {
  return new Problem(412, `The vehicle has version ${version} by now.`);
}

function isSame(vehicle: PartnerVehicle, description: VehicleDescription): boolean {
  const { partnerId: _partner, plate: _plate, version: _version, ...described } = vehicle;
  const text = (value: VehicleDescription): string =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(described) === text(description);
}
