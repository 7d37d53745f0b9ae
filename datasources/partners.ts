import { constant, env, get, orNull, type Page, put, remove, reshape, rest, xml } from 'tributary';

/** What a partner says of a vehicle, as the service's documents have it. */
const description = {
  make: xml.text('make'),
  model: xml.text('model'),
  year: xml.int('year'),
  seats: xml.int('seats'),
  dailyPrice: xml.element('dailyPrice', {
    amount: xml.content('decimal'),
    currency: xml.attribute('currency'),
  }),
  features: xml.list('feature', { in: 'features' }),
  note: xml.optional(xml.text('note')),
};

const described = xml.element('vehicle', description);

const vehicle = xml.element('vehicle', {
  partnerId: xml.attribute('partner'),
  plate: xml.attribute('plate'),
  version: xml.attribute('version', 'int'),
  ...description,
});

const vehiclePage = xml.element('vehicles', {
  hasNextPage: xml.attribute('hasNextPage', 'boolean'),
  hasPreviousPage: xml.attribute('hasPreviousPage', 'boolean'),
  vehicles: xml.list(vehicle),
});

export type VehicleDescription = xml.Shaped<typeof described>;
export type PartnerVehicle = xml.Shaped<typeof vehicle>;
export type PartnerVehiclePage = Page<PartnerVehicle>;

interface VehicleKey {
  readonly partnerId: string;
  readonly plate: string;
}

interface PageInput {
  readonly partnerId: string;
  readonly first: number;
  readonly after?: string;
}

/** The entity tag of the version that the caller knows: `"3"`. */
interface Known {
  readonly ifMatch: string;
}

/** The graph has looked at the year and the seats. */
const onStatus = {
  422: {
    code: 'BAD_USER_INPUT',
    message:
      'Make and model have 1 to 60 characters, a note 1 to 300; `dailyPrice.amount` has up to six digits before the point and two behind it.',
  },
} as const;

const evicts = ({ partnerId }: VehicleKey) => [`partner:${partnerId}`];

/**
 * The vehicles of fleet partners: REST that speaks XML. Nobody's change is lost: a write names the version that it knows,
 * and the service refuses one that is not the newest.
 */
export const partners = rest('partners', {
  baseUrl: env('PARTNERS_URL', 'http://127.0.0.1:4107'),
  timeoutMs: 2_000,
  operations: {
    vehicles: reshape(
      orNull(
        get<PageInput, xml.Shaped<typeof vehiclePage>>('/partners/{partnerId}/vehicles', {
          answer: { as: 'xml', shape: vehiclePage },
          scope: 'audience',
          cache: { ttlMs: 30_000, tags: ({ partnerId }) => [`partner:${partnerId}`] },
        }),
      ),
      (found) => found && pageOf(found),
    ),
    // Not kept: it is read to be changed.
    vehicle: orNull(
      get<VehicleKey, PartnerVehicle>('/partners/{partnerId}/vehicles/{plate}', {
        answer: { as: 'xml', shape: vehicle },
      }),
    ),
    register: put<VehicleKey & VehicleDescription, PartnerVehicle>('/partners/{partnerId}/vehicles/{plate}', {
      headers: { 'If-None-Match': constant('*') },
      body: { as: 'xml', shape: described },
      answer: { as: 'xml', shape: vehicle },
      idempotent: true,
      onStatus,
      evicts,
    }),
    change: put<VehicleKey & Known & VehicleDescription, PartnerVehicle>(
      '/partners/{partnerId}/vehicles/{plate}',
      {
        headers: { 'If-Match': 'ifMatch' },
        body: { as: 'xml', shape: described },
        answer: { as: 'xml', shape: vehicle },
        idempotent: true,
        onStatus,
        evicts,
      },
    ),
    withdraw: remove<VehicleKey & Known, null>('/partners/{partnerId}/vehicles/{plate}', {
      headers: { 'If-Match': 'ifMatch' },
      idempotent: true,
      // Gone is what was wished for; a version that can be none is not the newest one.
      onStatus: { 410: null, 428: 'CONFLICT' },
      evicts,
    }),
  },
});

function pageOf({ vehicles: nodes, ...page }: xml.Shaped<typeof vehiclePage>): PartnerVehiclePage {
  return { nodes, cursors: nodes.map(({ plate }) => plate), ...page };
}
