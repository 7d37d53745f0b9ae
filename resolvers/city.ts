import { bind, type FieldContext, parent } from 'tributary';
import { type City as CitySource, rides } from '../datasources/rides.ts';
import { weather } from '../datasources/weather.ts';
import type { Fields } from '../schema/types.ts';

export const City: Fields<'City'> = {
  weather: bind(weather.current, { cityId: parent('id') }, { fanOut: 3 }),
};

/** There are few cities, and their list is kept: finding one in it costs no request. */
export async function cityOf(id: string, { load }: FieldContext): Promise<CitySource | null> {
  const cities = await load(rides.cities, {});
  return cities.find((city) => city.id === id) ?? null;
}
