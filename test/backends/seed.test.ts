import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { seedRows } from '../../backends/fleet/data.ts';
import { seedRiders, seedRides } from '../../backends/rides/data.ts';
import { cities, cityAround, seedEnd } from '../../backends/shared/cities.ts';
import { driverHomes } from '../../backends/shared/drivers.ts';
import { observations } from '../../backends/weather/server.ts';

const riders = seedRiders();
const rides = seedRides(riders);
const fleet = seedRows();

describe('the seeded company', () => {
  test('is the same on every machine and every run', () => {
    const text = JSON.stringify([cities, driverHomes, riders, rides, fleet, observations], (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(createHash('sha256').update(text).digest('hex')).toMatchInlineSnapshot(
      `"89dfb87c4ffb0ac8631aabae54ce5177f070a473051c2c4eb23ba83d0b58d91f"`,
    );
  });

  test('has 3 cities, 400 drivers, 800 riders and 5,000 rides over 90 days or more', () => {
    const days = (Date.parse(seedEnd) - Date.parse(rides[0]?.requestedAt ?? '')) / 86_400_000;
    expect([cities.length, driverHomes.length, riders.length, rides.length]).toEqual([3, 400, 800, 5_000]);
    expect(days).toBeGreaterThan(90);
    expect(new Set(rides.map(({ status }) => status)).size).toBe(6);
  });

  test('has rides that agree with their status, city and driver', () => {
    const homes = new Map(driverHomes.map(({ id, cityId }) => [id, cityId]));
    const wrong = rides.filter((ride) => {
      const driverFits =
        ride.driverId === null
          ? ride.status === 'REQUESTED' || ride.status === 'CANCELLED'
          : ride.status !== 'REQUESTED' && homes.get(ride.driverId) === ride.cityId;
      const cancelled = ride.status === 'CANCELLED';
      const reasonFits =
        (ride.cancelledAt !== null) === cancelled && (ride.cancelReason !== null) === cancelled;
      const placesFit = [ride.pickup, ride.dropoff].every((place) => cityAround(place)?.id === ride.cityId);
      return !driverFits || !reasonFits || !placesFit;
    });
    expect(wrong).toEqual([]);
  });

  test('gives no driver two rides at once', () => {
    const busy = rides.filter(({ status }) => ['ASSIGNED', 'ARRIVING', 'IN_PROGRESS'].includes(status));
    expect(busy.length).toBeGreaterThan(50);
    expect(new Set(busy.map(({ driverId }) => driverId)).size).toBe(busy.length);
  });

  test('holds values that expose careless typing', () => {
    const text = JSON.stringify([riders, rides]);
    for (const value of ['"00123"', '"1e5"', '"1.10"', '"null"', '🚕', "O'Brien", '& Filhos <Lda>']) {
      expect(text).toContain(value);
    }
    const licences = fleet.drivers.map((row) => row[5] as bigint);
    expect(licences.every((licence) => BigInt(Number(licence)) !== licence)).toBe(true);
    expect(riders.some(({ postalCode }) => postalCode.startsWith('0'))).toBe(true);
    expect(fleet.vehicles.some((row) => row[4] === '1E5-008')).toBe(true);
  });

  test('has ten drivers without a vehicle and eighteen with two', () => {
    const counts = new Map(driverHomes.map(({ id }) => [id, 0]));
    for (const row of fleet.vehicles) counts.set(String(row[1]), (counts.get(String(row[1])) ?? 0) + 1);
    const having = (count: number) => [...counts.values()].filter((found) => found === count).length;
    expect([having(0), having(1), having(2)]).toEqual([10, 372, 18]);
    expect(new Set(fleet.vehicles.map((row) => row[4])).size).toBe(fleet.vehicles.length);
  });
});
