import { randomFor } from './random.ts';

/** Which drivers there are and in which city each drives: what rides, dispatch and fleet agree on. */

export interface DriverHome {
  /** `D0001` to `D0400`. */
  id: string;
  cityId: string;
}

export const driverHomes: readonly DriverHome[] = assignHomes(400);

const homeById = new Map(driverHomes.map((home) => [home.id, home]));

export function driverHome(id: string): DriverHome | undefined {
  return homeById.get(id);
}

function assignHomes(count: number): DriverHome[] {
  const random = randomFor('driver homes');
  return Array.from({ length: count }, (_, index) => ({
    id: `D${String(index + 1).padStart(4, '0')}`,
    cityId: random.pick(['LIS', 'LIS', 'BER', 'BER', 'OSL']),
  }));
}
