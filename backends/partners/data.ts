import { cities } from '../shared/cities.ts';
import { randomFor } from '../shared/random.ts';
import { featureNames, type Partner, type PartnerVehicle } from './types.ts';

/** The seeded partners and their vehicles: three partners, one in each city, with 60 vehicles each. */

const vehiclesEach = 60;

export const partners: readonly Partner[] = cities.map(({ id, name }, index) => ({
  id: `P${String(index + 1).padStart(2, '0')}`,
  name: ['Frota & Filhos <Lda>', 'Müller "Flotte" GmbH', 'Ødegård Biler AS'][index] ?? name,
  cityId: id,
}));

export function seedVehicles(): PartnerVehicle[] {
  const random = randomFor('partner vehicles');
  const models = [
    ['Mercedes & Söhne', 'Vito'],
    ['Škoda', 'Octavia'],
    ['Citroën', 'ë-C4 <X>'],
    ['Toyota', 'Prius'],
    ['BYD', '1e5'],
  ] as const;
  return partners.flatMap((partner, place) =>
    Array.from({ length: vehiclesEach }, (_, index) => {
      const [make, model] = random.pick(models);
      return {
        partnerId: partner.id,
        // Leading zeros, and texts that look like numbers.
        plate: index % 10 === 0 ? `00${100 + index + place}` : `${10 + place}-${1_000 + index}-AA`,
        version: 1,
        make,
        model,
        year: random.integer(2012, 2025),
        seats: random.pick([4, 4, 4, 6, 8]),
        dailyPrice: {
          amount: `${random.integer(35, 140)}.${random.pick(['00', '50', '90'])}`,
          currency: cities[place]?.currency ?? 'EUR',
        },
        features: featureNames.filter(() => random.chance(0.3)),
        note: random.chance(0.2) ? random.pick(['Só de dia & à noite', 'null', 'kein <Rauch>']) : null,
      };
    }),
  );
}
