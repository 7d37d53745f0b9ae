import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type Graph, startBackend, startGraph } from '../support/reference-graph.ts';

interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

interface Vehicle {
  readonly plate: string;
  readonly version: number;
  readonly make: string;
  readonly seats: number;
  readonly dailyPrice: { readonly amount: string; readonly currency: string };
  readonly features: readonly string[];
  readonly note: string | null;
}

const fields = 'plate version make seats dailyPrice { amount currency } features note';
const register = `mutation ($input: RegisterVehicleInput!) { vehicle: registerVehicle(input: $input) { ${fields} } }`;
const change = `mutation ($input: ChangeVehicleInput!) { vehicle: changeVehicle(input: $input) { ${fields} } }`;
const withdraw = `mutation ($plate: Plate!, $version: Int!) {
  gone: withdrawVehicle(partnerId: "P01", plate: $plate, version: $version)
}`;
const list = `query ($first: Int! = 500, $after: String) {
  partnerVehicles(partnerId: "P01", first: $first, after: $after) {
    nodes { ${fields} }
    pageInfo { hasNextPage endCursor }
  }
}`;

let partners: Backend;
let rides: Backend;
let graph: Graph;

beforeAll(async () => {
  [partners, rides] = await Promise.all([startBackend('partners'), startBackend('rides')]);
  graph = await startGraph({ PARTNERS_URL: partners.url, RIDES_URL: rides.url });
});
afterAll(async () => {
  await graph.process.stop();
  await Promise.all([partners.process.stop(), rides.process.stop()]);
});

const newVehicle = (plate: string) => ({
  partnerId: 'P01',
  plate,
  make: 'Müller & Söhne <x>',
  model: '1e5',
  year: 2020,
  seats: 4,
  dailyPrice: { amount: '84.50', currency: 'EUR' },
  features: ['PETS', 'BICYCLE'],
});

type Write = Answer<{ vehicle: Vehicle | null }>;
const plates = async (): Promise<readonly string[]> => {
  const { data } = await graph.ask<Answer<{ partnerVehicles: { nodes: Vehicle[] } }>>(list);
  return data.partnerVehicles.nodes.map(({ plate }) => plate);
};

describe('the vehicles of a partner', () => {
  it('are listed page by page, and kept until one of them is written', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const {
        data,
      }: Answer<{
        partnerVehicles: { nodes: Vehicle[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      }> = await graph.ask(list, { first: 25, after });
      seen.push(...data.partnerVehicles.nodes.map(({ plate }) => plate));
      if (!data.partnerVehicles.pageInfo.hasNextPage) break;
      after = data.partnerVehicles.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(60);

    expect(await plates()).toHaveLength(60);
    await fetch(`${partners.url}/calls/reset`, { method: 'POST' });
    expect(await plates()).toHaveLength(60);
    expect(await (await fetch(`${partners.url}/calls`)).json()).toMatchObject({ total: 0 });
    await graph.ask(register, { input: newVehicle('KEPT-1') });
    expect(await plates()).toContain('KEPT-1');
  });

  it('of a partner that is none are null', async () => {
    const { data, errors } = await graph.ask<Answer<unknown>>(
      '{ partnerVehicles(partnerId: "P99") { nodes { plate } } }',
    );
    expect([data, errors]).toEqual([{ partnerVehicles: null }, undefined]);
  });

  it('are registered, changed in part, and withdrawn', async () => {
    const made = await graph.ask<Write>(register, { input: newVehicle('00777') });
    expect(made.data.vehicle).toEqual({
      plate: '00777',
      version: 1,
      make: 'Müller & Söhne <x>',
      seats: 4,
      dailyPrice: { amount: '84.50', currency: 'EUR' },
      features: ['PETS', 'BICYCLE'],
      note: null,
    });
    const changes = { partnerId: 'P01', plate: '00777', version: 1, seats: 6, note: 'à noite & <só>' };
    const changed = await graph.ask<Write>(change, { input: changes });
    expect(changed.data.vehicle).toEqual({
      ...made.data.vehicle,
      version: 2,
      seats: 6,
      note: 'à noite & <só>',
    });
    const noted = await graph.ask<Write>(change, {
      input: { partnerId: 'P01', plate: '00777', version: 2, note: null },
    });
    expect(noted.data.vehicle).toMatchObject({ version: 3, seats: 6, note: null });
    expect(await graph.ask(withdraw, { plate: '00777', version: 3 })).toEqual({ data: { gone: true } });
    expect(await plates()).not.toContain('00777');
  });

  it('are written once, though the answer is lost and the client asks again', async () => {
    const lost = { cut: 0, hangUp: true, times: 1 };
    const input = newVehicle('LOST-1');
    const writes: readonly (readonly [string, object])[] = [
      [register, { input }],
      [change, { input: { partnerId: 'P01', plate: 'LOST-1', version: 1, seats: 8 } }],
      [withdraw, { plate: 'LOST-1', version: 2 }],
    ];
    for (const [mutation, variables] of writes) {
      await fetch(`${partners.url}/faults`, { method: 'PUT', body: JSON.stringify(lost) });
      const first = await graph.ask<Answer<object>>(mutation, variables);
      expect(first.errors).toBeUndefined();
      expect(await graph.ask<Answer<object>>(mutation, variables)).toEqual(first);
    }
  });

  it('that somebody else changed are not overwritten, in words', async () => {
    await graph.ask(register, { input: newVehicle('RACE-1') });
    const change4 = (seats: number) =>
      graph.ask<Write>(change, { input: { partnerId: 'P01', plate: 'RACE-1', version: 1, seats } });
    const answers = await Promise.all([change4(5), change4(6), change4(7)]);
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
    const message = 'Version 1 of RACE-1 is not the newest one: somebody changed it. Read it again.';
    for (const { errors } of answers.filter((answer) => answer.errors))
      expect(errors).toMatchObject([{ message, extensions: { code: 'CONFLICT' } }]);
    expect(
      (await graph.ask<Answer<unknown>>(withdraw, { plate: 'RACE-1', version: 1 })).errors,
    ).toMatchObject([{ message, extensions: { code: 'CONFLICT' } }]);
  });

  it.each([
    [register, { ...newVehicle('KEPT-1'), seats: 5 }, 'CONFLICT', 'P01 has a vehicle KEPT-1 already.'],
    [register, { ...newVehicle('NEW-1'), partnerId: 'P99' }, 'NOT_FOUND', 'There is no partner P99.'],
    [
      register,
      { ...newVehicle('NEW-1'), seats: 1_000_000 },
      'BAD_USER_INPUT',
      '`input.seats` must be from 1 to 60, but is 1000000.',
    ],
    [
      register,
      newVehicle('lower case'),
      'BAD_USER_INPUT',
      'The variable `$input.plate` has a value that is no Plate: what is written on a number plate: 2 to 12 capital letters, digits and hyphens.',
    ],
    [
      register,
      { ...newVehicle('NEW-1'), dailyPrice: { amount: '-1', currency: 'EUR' } },
      'BAD_USER_INPUT',
      'Make and model have 1 to 60 characters, a note 1 to 300; `dailyPrice.amount` has up to six digits before the point and two behind it.',
    ],
    [
      change,
      { partnerId: 'P01', plate: 'NONE-1', version: 1, seats: 2 },
      'NOT_FOUND',
      'P01 has no vehicle NONE-1.',
    ],
  ])('are refused in words (%#)', async (mutation, input, code, message) => {
    const { errors } = await graph.ask<Write>(mutation, { input });
    expect(errors).toMatchObject([{ message, extensions: { code } }]);
  });

  it.each([-1, 2_147_483_647])('are not withdrawn at version %d, which is none', async (version) => {
    const { errors } = await graph.ask<Answer<unknown>>(withdraw, { plate: '00100', version });
    expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  });
});

describe('a ride that is asked for', () => {
  const request = `mutation ($input: RequestRideInput!, $key: String!) {
    requestRide(input: $input, idempotencyKey: $key) { id status promoCode city { id } }
  }`;
  const place = { latitude: 38.72, longitude: -9.14, address: 'Rua Augusta' };
  const ask = (change: object) =>
    graph.ask<Answer<{ requestRide: { status: string } | null }>>(request, {
      input: { riderId: 'R00001', pickup: place, dropoff: { ...place, latitude: 38.75 }, ...change },
      key: randomUUID(),
    });

  it('within a city is taken', async () => {
    expect(await ask({ promoCode: '00123' })).toMatchObject({
      data: { requestRide: { status: 'REQUESTED', promoCode: '00123', city: { id: 'LIS' } } },
    });
  });

  it.each([
    [
      'on the moon',
      { pickup: { ...place, latitude: 384_400 } },
      'The variable `$input.pickup.latitude` has a value that is no Latitude: degrees north of the equator, from -90 to 90.',
    ],
    [
      'at sea',
      { pickup: { ...place, latitude: 0.674, longitude: 23.473 } },
      '`input.pickup` is 5377 km from Lisboa, the nearest city of ours; we drive up to 40 km.',
    ],
    [
      'to another city',
      { dropoff: { ...place, latitude: 52.52, longitude: 13.405 } },
      'Nobody drives from Lisboa to Berlin.',
    ],
    [
      'by nobody',
      { riderId: 'nobody' },
      '`input.riderId` is the id of no rider, or the idempotency key was used for another wish.',
    ],
    [
      'from nowhere',
      { pickup: { ...place, address: ' ' } },
      'An address has 1 to 300 characters, a postal code up to 20, a promo code up to 40; the idempotency key up to 200, of visible ASCII.',
    ],
  ])('%s is refused in words', async (_, change, message) => {
    expect((await ask(change)).errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('and is over is not cancelled, in words', async () => {
    const cancel =
      'mutation ($id: ID!) { cancelRide(id: $id, reason: "late", idempotencyKey: "cancel-it") { id } }';
    const over = '{ rides(first: 1, status: COMPLETED) { nodes { id } } }';
    const { data } = await graph.ask<Answer<{ rides: { nodes: { id: string }[] } }>>(over);
    const refused = await graph.ask<Answer<unknown>>(cancel, { id: data.rides.nodes[0]?.id });
    expect(refused.errors).toMatchObject([
      { message: 'The ride is over, so it cannot be cancelled.', extensions: { code: 'CONFLICT' } },
    ]);
  });

  it.each(['rides', 'riders', 'importedTrips'])('%s say that a cursor is none of theirs', async (list) => {
    const { errors } = await graph.ask<Answer<unknown>>(`{ ${list}(after: "x") { pageInfo { endCursor } } }`);
    expect(errors).toMatchObject([
      { message: '`after` is no cursor of this list.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});
