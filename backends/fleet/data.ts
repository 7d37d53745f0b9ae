import { type City, cityById, seedEnd } from '../shared/cities.ts';
import { driverHomes } from '../shared/drivers.ts';
import { personName } from '../shared/names.ts';
import { randomFor } from '../shared/random.ts';
import type { TableName } from './tables.ts';

/** The seeded rows of each table, in the order of its columns; exact numbers are bigint or text. */

export type Cell = string | number | bigint | boolean | null;

/** Without a vehicle: every fortieth driver. With two: every twenty-second. */
const withoutVehicle = (index: number): boolean => index % 40 === 39;
const withTwoVehicles = (index: number): boolean => index % 22 === 21;

export function seedRows(): Record<TableName, Cell[][]> {
  return { drivers: driverRows(), vehicles: vehicleRows(), shifts: shiftRows() };
}

function driverRows(): Cell[][] {
  const random = randomFor('drivers');
  return driverHomes.map(({ id, cityId }, index) => {
    const hundredths = String(random.integer(310, 500));
    return [
      id,
      personName(random, index),
      `${hundredths.slice(0, 1)}.${hundredths.slice(1)}`,
      `00${random.pick(['351', '49', '47'])} 0${random.integer(1_000_000, 9_999_999)}`,
      cityId,
      // Odd numbers above 2^53 are those a double cannot hold.
      9_007_199_254_740_993n + 2n * BigInt(index) * 104_729n,
      dateBefore(random.integer(30, 3_000)),
      !random.chance(0.08),
    ];
  });
}

function vehicleRows(): Cell[][] {
  const random = randomFor('vehicles');
  const models = [
    ['Škoda', 'Octavia'],
    ['Citroën', 'C5'],
    ['Toyota', 'Corolla "Hybrid"'],
    ['Tesla', '3'],
    ['Peugeot', '5008'],
    ['Mercedes & Söhne', 'Vito'],
    ['Hyundai', "KON'A"],
    ['Saab', '9-3'],
  ] as const;
  const owners = driverHomes.flatMap(({ id }, index) => {
    if (withoutVehicle(index)) return [];
    return withTwoVehicles(index) ? [id, id] : [id];
  });
  return owners.map((driverId, index) => {
    const [make, model] = random.pick(models);
    return [
      `V${String(index + 1).padStart(4, '0')}`,
      driverId,
      make,
      model,
      plate(index, random.integer(0, 99_999)),
      random.integer(2012, 2025),
      BigInt(random.integer(1_000_000, 400_000_000)),
      random.chance(0.1) ? null : random.pick(['black', 'white', 'grey', 'grün', 'blå']),
    ];
  });
}

/** Most plates are plain; each eighth looks like a number. No two are the same. */
function plate(index: number, digits: number): string {
  const place = String(index).padStart(3, '0');
  const shapes = [`00${place}`, `1E5-${place}`, `1.${place}0`, `0x${place}`];
  if (index % 8 === 0) return shapes[(index / 8) % shapes.length] as string;
  return `${'ABCDEFGHJK'[index % 10]}${place}-${String(digits).padStart(5, '0')}`;
}

function shiftRows(): Cell[][] {
  const random = randomFor('shifts');
  const end = Date.parse(seedEnd);
  return Array.from({ length: 2_000 }, (_, index) => {
    const home = random.pick(driverHomes);
    const startedAt = end - random.integer(0, 30 * 86_400) * 1_000;
    const endedAt = startedAt + random.integer(1, 9 * 3_600) * 1_000;
    const cents = String(random.pick([110, 10, 100_000, random.integer(0, 60_000)])).padStart(3, '0');
    return [
      9_100_000_000_000_001n + BigInt(index),
      home.id,
      instant(startedAt),
      endedAt > end ? null : instant(endedAt),
      `${cents.slice(0, -2)}.${cents.slice(-2)}`,
      (cityById(home.cityId) as City).currency,
    ];
  });
}

function dateBefore(days: number): string {
  return new Date(Date.parse(seedEnd) - days * 86_400_000).toISOString().slice(0, 10);
}

function instant(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
