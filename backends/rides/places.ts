import type { City } from '../shared/cities.ts';
import { type Coordinate, offset } from '../shared/geography.ts';
import type { Random } from '../shared/random.ts';
import type { Place } from './types.ts';

/** Addresses to drive from and to. Postal codes are text: Oslo's and some of Lisbon's begin with a zero or hold a dash. */

const streets: Readonly<Record<string, readonly string[]>> = {
  LIS: [
    'Rua Augusta',
    'Avenida da Liberdade',
    'Praça do Comércio',
    "Travessa d'Água-Flor",
    'Largo São Rafael',
  ],
  BER: ['Karl-Marx-Straße', 'Unter den Linden', 'Hof "Zum & <Zoo>"', 'Oranienstraße', 'Straße des 17. Juni'],
  OSL: ['Karl Johans gate', 'Grünerløkka', 'Åkebergveien', "St. Olav's plass", 'Ærlig talt vei 🚏'],
};

/** A place at most so many metres north or south and east or west of a point. */
export function randomPlace(random: Random, city: City, around: Coordinate, reachMetres: number): Place {
  const point = offset(
    around,
    random.integer(-reachMetres, reachMetres),
    random.integer(-reachMetres, reachMetres),
  );
  const street = random.pick(streets[city.id] as readonly string[]);
  return {
    ...point,
    address: `${street} ${random.integer(1, 180)}, ${city.name}`,
    postalCode: randomPostalCode(random, city),
  };
}

/** A postal code as the city writes them: `1100-053`, `01067`, `0150`. */
export function randomPostalCode(random: Random, city: City): string {
  const digits = (count: number): string => String(random.integer(0, 10 ** count - 1)).padStart(count, '0');
  switch (city.id) {
    case 'LIS':
      return `1${digits(3)}-${digits(3)}`;
    case 'BER':
      return `0${digits(4)}`;
    default:
      return `0${digits(3)}`;
  }
}
