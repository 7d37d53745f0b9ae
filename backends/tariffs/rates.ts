/** The tariffs of each city. Codes are text and look like numbers on purpose; no amount is ever a float. */

export const products = ['ECONOMY', 'COMFORT', 'XL'] as const;
export type Product = (typeof products)[number];

export interface ProductRate {
  name: string;
  seats: number;
  baseCents: number;
  /** Four decimals: 8750 is 0.8750 for each kilometre. */
  perKmTenThousandths: number;
  minimumCents: number;
  surchargeCents: number | null;
  tariffCode: string;
  note?: string;
}

export interface Rate {
  cityId: string;
  zones: readonly string[];
  validUntil: string;
  products: Readonly<Record<Product, ProductRate>>;
}

const seats = { ECONOMY: 4, COMFORT: 4, XL: 6 } as const;

function rate(
  name: string,
  product: Product,
  [baseCents, perKmTenThousandths, minimumCents, surchargeCents]: [number, number, number, number | null],
  tariffCode: string,
  note?: string,
): ProductRate {
  const amounts = { baseCents, perKmTenThousandths, minimumCents, surchargeCents };
  return { name, seats: seats[product], ...amounts, tariffCode, ...(note === undefined ? {} : { note }) };
}

export const rates: readonly Rate[] = [
  {
    cityId: 'LIS',
    zones: ['A', '007', '1e1', 'D', 'E'],
    validUntil: '2027-01-01T00:00:00Z',
    products: {
      ECONOMY: rate('Económico', 'ECONOMY', [110, 6_250, 350, null], '00123'),
      COMFORT: rate('Conforto & Espaço', 'COMFORT', [210, 8_755, 600, null], '1e5', 'Água <fresca> "grátis"'),
      XL: rate('Grande 🚐', 'XL', [310, 11_001, 900, 150], '1.10'),
    },
  },
  {
    cityId: 'BER',
    zones: ['A', 'B', 'C', '00', '0x1F'],
    validUntil: '2027-01-01T00:00:00+01:00',
    products: {
      ECONOMY: rate('Günstig', 'ECONOMY', [150, 11_000, 500, null], '007'),
      COMFORT: rate('Bequem', 'COMFORT', [250, 15_075, 800, 100], '0x1F', "Fahrer's Wahl"),
      XL: rate('Groß', 'XL', [400, 19_999, 1_000, 250], '1E400'),
    },
  },
  {
    cityId: 'OSL',
    zones: ['1', '01', '2V', '3', '4'],
    validUntil: '2026-12-31T23:59:59.500+01:00',
    products: {
      ECONOMY: rate('Rimelig', 'ECONOMY', [4_500, 120_000, 9_900, null], 'true'),
      COMFORT: rate('Komfort', 'COMFORT', [5_500, 145_005, 12_900, null], 'NaN'),
      XL: rate('Stor', 'XL', [7_000, 187_510, 17_900, 2_500], '-0', 'Barnesete på forespørsel'),
    },
  },
];
