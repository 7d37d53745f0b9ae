import { env, merge, request, reshape, soap } from 'tributary';

/** An amount as the schema of the service has it: a decimal with its currency as an attribute. */
interface Amount {
  readonly value: string;
  readonly currency: string;
}

interface Estimate {
  readonly total: Amount;
  readonly perKm: Amount;
  readonly surcharge: Amount | null;
  readonly tariffCode: string;
  readonly zones: readonly string[];
  readonly quoteNumber: string;
  readonly fixedPrice: boolean;
  readonly validUntil: string;
}

interface Coordinate {
  readonly latitude: number;
  readonly longitude: number;
}

interface Trip {
  readonly from: Coordinate;
  readonly to: Coordinate;
  readonly product: 'ECONOMY' | 'COMFORT' | 'XL';
}

export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export interface Fare {
  readonly total: string;
  readonly currency: string;
  readonly perKm: Money;
  readonly surcharge: Money | null;
  readonly tariffCode: string;
  readonly zones: readonly string[];
  readonly quoteNumber: string;
  readonly fixedPrice: boolean;
  readonly validUntil: string;
}

/** The bulk operation: each trip carries a reference, and the estimates come back with it, in any order. */
const estimateFares = request<
  { request: readonly (Trip & { reference: string })[] },
  { estimate?: readonly (Estimate & { reference: string })[] }
>('EstimateFares');

const estimate = merge(estimateFares, {
  list: 'request',
  reference: 'reference',
  answer: 'estimate',
  max: 200,
  scope: 'public',
  cache: { ttlMs: 30_000 },
});

/** What a trip costs: SOAP 1.1, described by a WSDL. A hundred trips are one request. */
export const tariffs = soap('tariffs', {
  wsdl: new URL('./tariffs.wsdl', import.meta.url),
  url: env('TARIFFS_URL', 'http://127.0.0.1:4102'),
  security: {
    usernameToken: {
      username: env('TARIFFS_USERNAME', 'tributary'),
      password: env('TARIFFS_PASSWORD', 'demo'),
      passwordType: 'digest',
    },
  },
  timeoutMs: 2_000,
  onFault: { TariffFault: 'BAD_USER_INPUT' },
  operations: {
    estimateFare: reshape(estimate, (found) => found && fareOf(found)),
    cancellationFee: reshape(
      request<
        { rideId: string; status: string; minutesSinceRequest: number; cityId: string },
        { fee: Amount | null }
      >('CancellationFee', { scope: 'public' }),
      ({ fee }) => fee && moneyOf(fee),
    ),
  },
});

function fareOf({ total, perKm, surcharge, ...rest }: Estimate): Fare {
  const { tariffCode, zones, quoteNumber, fixedPrice, validUntil } = rest;
  return {
    total: total.value,
    currency: total.currency,
    perKm: moneyOf(perKm),
    surcharge: surcharge && moneyOf(surcharge),
    tariffCode,
    zones,
    quoteNumber,
    fixedPrice,
    validUntil,
  };
}

function moneyOf({ value, currency }: Amount): Money {
  return { amount: value, currency };
}
