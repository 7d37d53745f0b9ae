import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEntry, List } from '../../backends/payments/types.ts';
import { randomFor } from '../../backends/shared/random.ts';
import { type Backend, type Graph, startBackend, startGraph } from '../support/reference-graph.ts';

interface Money {
  readonly amount: string;
  readonly currency: string;
}

interface Paid {
  readonly id: string;
  readonly status: string;
  readonly captured: Money;
  readonly refunded: Money;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

const payRide = `mutation Pay($input: PayRideInput!) {
  payRide(input: $input) { id status captured { amount currency } refunded { amount currency } }
}`;
const refundRide = `mutation Refund($input: RefundRideInput!, $key: IdempotencyKey!) {
  refundRide(input: $input, idempotencyKey: $key) {
    id status captured { amount currency } refunded { amount currency }
  }
}`;

let backends: Record<'rides' | 'tariffs' | 'payments', Backend>;
let graph: Graph;
/** Completed rides that nobody paid, by what they cost. */
let unpaid: ReadonlyMap<string, string>;

beforeAll(async () => {
  const [rides, tariffs, payments] = await Promise.all([
    startBackend('rides'),
    startBackend('tariffs'),
    startBackend('payments'),
  ]);
  backends = { rides, tariffs, payments };
  graph = await startGraph({
    RIDES_URL: rides.url,
    TARIFFS_URL: `${tariffs.url}/tariffs`,
    PAYMENTS_URL: payments.url,
    LOG_LEVEL: 'silent',
  });
  unpaid = await unpaidRides();
});
afterAll(async () => {
  await graph.process.stop();
  await Promise.all(Object.values(backends).map((backend) => backend.process.stop()));
});

/** Where and how the wire to the payment service breaks: before the work, after it, in the middle of the answer. */
const faults = [
  { drop: true },
  { cut: 0, hangUp: true },
  { cut: 40, hangUp: true },
  { cut: 40 },
  { delayMs: 15 },
  { lateMs: 15 },
  { status: 500, body: '<html>', contentType: 'text/html' },
  { status: 503, headers: { 'Retry-After': '0' } },
  {
    status: 409,
    contentType: 'application/json',
    body: '{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"…"}}',
  },
];

describe('a thousand rides, paid over a wire that breaks everywhere', () => {
  it('are each paid once, whoever asks again', { timeout: 300_000 }, async () => {
    const chosen = [...unpaid.keys()].slice(0, 1_000);
    expect(chosen).toHaveLength(1_000);
    const before = await ledger();
    // Answers later than the graph waits are rare, since each takes its two seconds.
    const anyOf = [...Array.from({ length: 12 }, () => faults).flat(), { lateMs: 2_300 }];
    await setFaults({ anyOf, rate: 0.3 });

    const clicks = chosen.map((rideId, index): (() => Promise<unknown>) => {
      // Every third rider clicks twice, every ninth with another card the second time.
      if (index % 3 !== 0) return () => payUntilPaid(rideId, 'pm_card', `${index}`);
      const second = index % 9 === 0 ? 'pm_other' : 'pm_card';
      return () =>
        Promise.all([
          payUntilPaid(rideId, 'pm_card', `${index}`),
          payUntilPaid(rideId, second, `${index}, again`),
        ]);
    });
    await inParallel(clicks, 24);
    await clearFaults();

    const captures = (await ledger()).slice(before.length);
    expect(captures.map(({ type }) => type)).not.toContain('refund');
    // Each ride once, and none but these.
    expect(captures.map(({ ride }) => ride).sort()).toEqual([...chosen].sort());
    const taken = new Map(captures.map(({ ride, amount }) => [ride, amount]));
    const due = new Map(chosen.map((ride) => [ride, Number(unpaid.get(ride)?.replace('.', ''))]));
    expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(due));
  });

  it('is told by Retry-After when to come back, and comes back', async () => {
    const rideId = [...unpaid.keys()].at(-1) as string;
    await setFaults({ status: 503, headers: { 'Retry-After': '1' }, times: 1 });
    const begun = performance.now();
    const { data } = await pay(rideId);
    expect(data?.payRide?.status).toBe('CAPTURED');
    expect(performance.now() - begun).toBeGreaterThan(950);
    expect((await ledger()).filter(({ ride }) => ride === rideId)).toHaveLength(1);
  });
});

describe('paying', () => {
  it('a ride that was paid answers what was paid, and asks nothing but that', async () => {
    const rideId = rideFromTheEnd(2);
    const first = await pay(rideId);
    await fetch(`${backends.payments.url}/calls/reset`, { method: 'POST' });
    expect(await pay(rideId)).toEqual(first);
    const { total } = (await (await fetch(`${backends.payments.url}/calls`)).json()) as { total: number };
    expect(total).toBe(1);
  });

  it('shows in the answer what the payment has become', async () => {
    const rideId = rideFromTheEnd(3);
    const { data } = await graph.ask<Answer<{ payRide: { ride: { payment: Paid } } }>>(
      `mutation { payRide(input: { rideId: "${rideId}" }) { ride { payment { status } } } }`,
    );
    expect(data?.payRide.ride.payment.status).toBe('CAPTURED');
  });

  it('with a card that is declined says so, and another card pays', async () => {
    const rideId = rideFromTheEnd(4);
    expect((await pay(rideId, 'pm_card_declined')).errors).toMatchObject([
      {
        message: `The payment method was declined; ${rideId} is not paid. Try another one.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    expect((await pay(rideId, 'pm_other')).data?.payRide?.status).toBe('CAPTURED');
  });

  it('takes nothing from a card that money was set aside on, when another card is to pay', async () => {
    const rideId = rideFromTheEnd(9);
    const form = { amount: '1000', currency: 'eur', payment_method: 'pm_card', 'metadata[ride]': rideId };
    const authorised = await fetch(`${backends.payments.url}/payments`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_demo', 'idempotency-key': `earlier:${rideId}` },
      body: new URLSearchParams(form),
    });
    expect(await authorised.json()).toMatchObject({ status: 'AUTHORISED', payment_method: 'pm_card' });
    const paid = (await pay(rideId, 'pm_other')).data?.payRide;
    expect(paid?.status).toBe('CAPTURED');
    const answer = await fetch(`${backends.payments.url}/payments?ride_ids=${rideId}`, {
      headers: { authorization: 'Bearer sk_test_demo' },
    });
    const { data } = (await answer.json()) as { data: { payment_method: string; status: string }[] };
    expect(data.map(({ payment_method, status }) => [payment_method, status]).sort()).toEqual([
      ['pm_card', 'AUTHORISED'],
      ['pm_other', 'CAPTURED'],
    ]);
  });

  it.each([
    ['RIDE-999999', 'pm_card', 'NOT_FOUND', 'There is no ride RIDE-999999.'],
    ['RIDE-005000', 'pm_card', 'CONFLICT', 'RIDE-005000 is ASSIGNED; only a ride that is COMPLETED is paid.'],
  ])('%s is refused in words', async (rideId, method, code, message) => {
    expect((await pay(rideId, method)).errors).toMatchObject([{ message, extensions: { code } }]);
  });
});

describe('a refund', () => {
  const refund = (input: object, key: string) =>
    graph.ask<Answer<{ refundRide: Paid | null }>>(refundRide, { input, key });

  it('is made once with its key, in part or of all that is left', async () => {
    const rideId = rideFromTheEnd(5);
    await pay(rideId);
    const part = await refund({ rideId, amount: '1.50', reason: 'late' }, 'refund-1');
    expect(part.data?.refundRide).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      refunded: { amount: '1.50' },
    });
    expect(await refund({ rideId, amount: '1.50', reason: 'late' }, 'refund-1')).toEqual(part);
    const rest = await refund({ rideId }, 'refund-2');
    expect(rest.data?.refundRide).toMatchObject({
      status: 'REFUNDED',
      refunded: { amount: unpaid.get(rideId) },
    });
    expect(await refund({ rideId }, 'refund-2')).toEqual(rest);
    const moved = (await ledger()).filter(({ ride }) => ride === rideId);
    expect(moved.map(({ type }) => type)).toEqual(['capture', 'refund', 'refund']);
  });

  it('that is larger than the payment, or than what is left of it, is refused in words', async () => {
    const rideId = rideFromTheEnd(6);
    const price = unpaid.get(rideId) as string;
    const paid = (await pay(rideId)).data?.payRide;
    const currency = paid?.captured.currency;
    expect((await refund({ rideId, amount: '9999.99' }, 'too-much')).errors).toMatchObject([
      {
        message: `A refund of 9999.99 is more than the ${price} ${currency} that were paid for ${rideId}.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    await refund({ rideId, amount: '0.01' }, 'one-cent');
    const { errors } = await refund({ rideId, amount: price }, 'all-of-it');
    expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    expect(errors?.[0]?.message).toContain(`Of ${price} ${currency} paid for ${rideId}, 0.01 are given back`);
  });

  it.each([
    [{ amount: '0.001' }, 'a-good-key', 'must be an amount in'],
    [{ amount: '-1.00' }, 'a-good-key', 'must be an amount in'],
    [{ amount: '0' }, 'a-good-key', 'must be an amount in'],
    [
      {},
      'short',
      'no IdempotencyKey: a text that is unique to one wish, a UUID for example: 8 to 100 letters',
    ],
    [
      {},
      'has a blank',
      'no IdempotencyKey: a text that is unique to one wish, a UUID for example: 8 to 100 letters',
    ],
  ])('of %j with the key %s is refused in words', async (input, key, message) => {
    const rideId = rideFromTheEnd(7);
    await pay(rideId);
    const { errors } = await refund({ rideId, ...input }, key);
    expect(errors?.[0]?.message).toContain(message);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('of a ride that nobody paid is refused in words', async () => {
    const rideId = rideFromTheEnd(8);
    expect((await refund({ rideId }, 'a-good-key')).errors).toMatchObject([
      {
        message: `Nothing was paid for ${rideId}, so nothing can be given back.`,
        extensions: { code: 'CONFLICT' },
      },
    ]);
  });
});

describe('the list of payments', () => {
  interface Page {
    payments: {
      nodes: { id: string; status: string; ride: { id: string } | null }[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
    };
  }
  const question = `query ($first: Int!, $after: String, $status: PaymentStatus) {
    payments(first: $first, after: $after, status: $status) {
      nodes { id status ride { id } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }`;

  it('goes on where the page before ended, in the state that was asked for', async () => {
    const status = 'PARTIALLY_REFUNDED';
    const one = (await graph.ask<Answer<Page>>(question, { first: 3, status })).data?.payments;
    const two = (
      await graph.ask<Answer<Page>>(question, { first: 3, status, after: one?.pageInfo.endCursor })
    ).data?.payments;
    const nodes = [...(one?.nodes ?? []), ...(two?.nodes ?? [])];
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(6);
    expect(new Set(nodes.map((node) => node.status))).toEqual(new Set([status]));
    expect(nodes.every(({ ride }) => ride !== null)).toBe(true);
    expect([one?.pageInfo, two?.pageInfo]).toMatchObject([
      { hasNextPage: true, hasPreviousPage: false },
      { hasNextPage: true, hasPreviousPage: true },
    ]);
  });

  it.each([0, 501])('refuses a page of %d in words', async (first) => {
    expect((await graph.ask<Answer<Page>>(question, { first })).errors).toMatchObject([
      {
        message: `\`first\` must be from 1 to 500, but is ${first}.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

function pay(rideId: string, paymentMethod = 'pm_card'): Promise<Answer<{ payRide: Paid | null }>> {
  return graph.ask(payRide, { input: { rideId, paymentMethod } });
}

/** A client as it should not be: it leaves in the middle now and then, and asks again until it is told that it paid. */
async function payUntilPaid(rideId: string, paymentMethod: string, who: string): Promise<void> {
  const random = randomFor(`client ${who}`);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const impatient = random.chance(0.1) ? AbortSignal.timeout(random.integer(1, 20)) : null;
    const answer = await fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: payRide, variables: { input: { rideId, paymentMethod } } }),
      signal: impatient,
    })
      .then((response) => response.json() as Promise<Answer<{ payRide: Paid | null }>>)
      .catch(() => undefined);
    if (answer?.data?.payRide?.status === 'CAPTURED') return;
    // What a client may be told here: that the service is in trouble, or that another is at it.
    for (const { extensions } of answer?.errors ?? [])
      expect(extensions.code).toMatch(/^(UPSTREAM_\w+|DOWNSTREAM_SERVICE_ERROR|CONFLICT|REQUEST_TIMEOUT)$/);
    // The pause of a client that was refused.
    await wait(random.integer(1, 10) * (attempt + 1));
  }
  throw new Error(`${rideId} could not be paid in 60 attempts.`);
}

async function inParallel(work: readonly (() => Promise<unknown>)[], workers: number): Promise<void> {
  const queue = [...work];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

function rideFromTheEnd(place: number): string {
  return [...unpaid.keys()].at(-place) as string;
}

async function unpaidRides(): Promise<ReadonlyMap<string, string>> {
  const question = `query ($after: String) {
    rides(first: 500, status: COMPLETED, after: $after) {
      nodes { id fare { total } payment { status } }
      pageInfo { hasNextPage endCursor }
    }
  }`;
  interface Page {
    rides: {
      nodes: { id: string; fare: { total: string }; payment: { status: string } | null }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  }
  const found = new Map<string, string>();
  let after: string | null = null;
  for (;;) {
    const { data, errors }: Answer<Page> = await graph.ask(question, { after });
    expect(errors).toBeUndefined();
    for (const { id, fare, payment } of data?.rides.nodes ?? [])
      if (payment === null || payment.status === 'AUTHORISED') found.set(id, fare.total);
    if (!data?.rides.pageInfo.hasNextPage) return found;
    after = data.rides.pageInfo.endCursor;
  }
}

/** What the payment service itself has in its books. */
async function ledger(): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const last = entries.at(-1)?.id;
    const response = await fetch(
      `${backends.payments.url}/ledger?limit=500${last ? `&starting_after=${last}` : ''}`,
      { headers: { authorization: 'Bearer sk_test_demo' } },
    );
    const { data, has_more } = (await response.json()) as List<LedgerEntry>;
    entries.push(...data);
    if (!has_more) return entries;
  }
}

async function setFaults(given: object): Promise<void> {
  await fetch(`${backends.payments.url}/faults`, { method: 'PUT', body: JSON.stringify(given) });
}

async function clearFaults(): Promise<void> {
  await fetch(`${backends.payments.url}/faults`, { method: 'DELETE' });
}
