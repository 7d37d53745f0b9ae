import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { seedPayments } from '../../backends/payments/data.ts';
import { startPayments } from '../../backends/payments/server.ts';
import type { LedgerEntry, List, Payment } from '../../backends/payments/types.ts';
import { callsOf, setFaults, withBackend } from './clients.ts';

const authorization = 'Bearer sk_test_demo';

interface Answer<T> {
  status: number;
  body: T;
  replayed: boolean;
}

async function ask<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
  const response = await fetch(url, { ...init, headers: { authorization, ...init.headers } });
  const replayed = response.headers.get('idempotency-replayed') === 'true';
  return { status: response.status, body: (await response.json()) as T, replayed };
}

/** A write: a form, and the key that makes it once. */
function write<T = Payment>(url: string, form: Record<string, string>, key?: string): Promise<Answer<T>> {
  const body = new URLSearchParams(form);
  return ask<T>(url, { method: 'POST', body, headers: key ? { 'idempotency-key': key } : {} });
}

interface Refusal {
  error: { type: string; code: string; message: string };
}

const newPayment = {
  amount: '1709',
  currency: 'eur',
  payment_method: 'pm_card',
  'metadata[ride]': 'RIDE-009000',
};

describe('the seeded payments', () => {
  const { payments, ledger } = seedPayments();

  test('are the same on every machine and every run', () => {
    const text = JSON.stringify([payments, ledger]);
    expect(createHash('sha256').update(text).digest('hex')).toMatchInlineSnapshot(
      `"bc0db9658c9e64e0e04cc3f4aa23d3e1f8dffdf421de7639e329ca09e6095a43"`,
    );
  });

  test('agree with their ledger, and leave rides enough that nobody paid', () => {
    const sum = (type: string): number =>
      ledger.filter((entry) => entry.type === type).reduce((total, { amount }) => total + amount, 0);
    expect(sum('capture')).toBe(payments.reduce((total, { amount_captured }) => total + amount_captured, 0));
    expect(sum('refund')).toBe(payments.reduce((total, { amount_refunded }) => total + amount_refunded, 0));
    expect(new Set(payments.map(({ status }) => status)).size).toBe(4);
    expect(payments.filter(({ status }) => status === 'CAPTURED').length).toBeGreaterThan(2_000);
    expect(payments.length).toBeLessThan(3_600);
  });
});

describe('a payment', () => {
  test('is authorised, captured and refunded, and the ledger says so', () =>
    withBackend(startPayments, async (url) => {
      const made = await write(`${url}/payments`, newPayment, 'a');
      expect(made).toMatchObject({
        status: 200,
        body: { status: 'AUTHORISED', amount: 1709, amount_captured: 0, metadata: { ride: 'RIDE-009000' } },
      });
      const { id } = made.body;
      expect((await write(`${url}/payments/${id}/capture`, {}, 'c')).body).toMatchObject({
        status: 'CAPTURED',
        amount_captured: 1709,
      });
      const part = await write(`${url}/payments/${id}/refunds`, { amount: '700' }, 'r1');
      expect(part.body).toMatchObject({ status: 'PARTIALLY_REFUNDED', amount_refunded: 700 });
      const rest = await write(`${url}/payments/${id}/refunds`, { 'metadata[reason]': 'late & wet' }, 'r2');
      expect(rest.body).toMatchObject({ status: 'REFUNDED', amount_refunded: 1709 });
      expect((await ask<Payment>(`${url}/payments/${id}`)).body).toEqual(rest.body);
      const entries = (await ledgerOf(url)).filter(({ payment }) => payment === id);
      expect(entries.map(({ type, amount }) => [type, amount])).toEqual([
        ['capture', 1709],
        ['refund', 700],
        ['refund', 1009],
      ]);
    }));

  test('with the same key is the first answer again; with another body it is refused', () =>
    withBackend(startPayments, async (url) => {
      const first = await write(`${url}/payments`, newPayment, 'k');
      const again = await write(`${url}/payments`, newPayment, 'k');
      expect([first.replayed, again.replayed, again.body]).toEqual([false, true, first.body]);
      const other = await write<Refusal>(`${url}/payments`, { ...newPayment, amount: '1' }, 'k');
      expect([other.status, other.body.error.type]).toEqual([422, 'idempotency_error']);
      expect((await write<Refusal>(`${url}/payments`, newPayment)).status).toBe(400);
      // Another payment's capture is another request, whatever the key.
      const second = await write(`${url}/payments`, newPayment, 'l');
      await write(`${url}/payments/${first.body.id}/capture`, {}, 'capture:ride');
      expect((await write(`${url}/payments/${second.body.id}/capture`, {}, 'capture:ride')).status).toBe(422);
    }));

  test('of which the answer was lost, was done once', () =>
    withBackend(startPayments, async (url) => {
      for (const fault of [{ cut: 0, hangUp: true }, { cut: 40, hangUp: true }, { drop: true }]) {
        const key = JSON.stringify(fault);
        await setFaults(url, { ...fault, times: 1 });
        await expect(write(`${url}/payments`, newPayment, key)).rejects.toThrow();
        expect((await write(`${url}/payments`, newPayment, key)).replayed).toBe(!('drop' in fault));
      }
      const { body } = await ask<List<Payment>>(`${url}/payments?ride_ids=RIDE-009000`);
      expect(body.data).toHaveLength(3);
    }));

  test.each([
    ['a card that is declined', { ...newPayment, payment_method: 'pm_card_declined' }, 402, 'card_declined'],
    ['an amount that is no whole number', { ...newPayment, amount: '17.09' }, 400, 'parameter_invalid'],
    ['an amount of nothing', { ...newPayment, amount: '0' }, 400, 'parameter_invalid'],
    ['a member that is unknown', { ...newPayment, amuont: '1' }, 400, 'parameter_invalid'],
  ])('is refused for %s', (_, form, status, code) =>
    withBackend(startPayments, async (url) => {
      const refused = await write<Refusal>(`${url}/payments`, form, 'k');
      expect([refused.status, refused.body.error.code]).toEqual([status, code]);
    }),
  );

  test('is refused in the wrong state, and beyond what is left', () =>
    withBackend(startPayments, async (url) => {
      const { id } = (await write(`${url}/payments`, newPayment, 'a')).body;
      const code = async (path: string, form: Record<string, string>, key: string) => {
        const { status, body } = await write<Refusal>(`${url}/payments/${id}/${path}`, form, key);
        return [status, body.error?.code];
      };
      expect(await code('refunds', {}, '1')).toEqual([400, 'payment_unexpected_state']);
      await write(`${url}/payments/${id}/capture`, {}, '2');
      expect(await code('capture', {}, '3')).toEqual([400, 'payment_unexpected_state']);
      expect(await code('refunds', { amount: '1710' }, '4')).toEqual([400, 'amount_too_large']);
      await write(`${url}/payments/${id}/refunds`, {}, '5');
      expect(await code('refunds', {}, '6')).toEqual([400, 'payment_unexpected_state']);
    }));
});

describe('lists', () => {
  test('walk all payments exactly once, newest first', () =>
    withBackend(startPayments, async (url) => {
      const seen: string[] = [];
      let after = '';
      for (;;) {
        const { body } = await ask<List<Payment>>(
          `${url}/payments?limit=499${after && `&starting_after=${after}`}`,
        );
        seen.push(...body.data.map(({ id }) => id));
        if (!body.has_more) break;
        after = body.data.at(-1)?.id ?? '';
      }
      expect(seen).toEqual(
        seedPayments()
          .payments.map(({ id }) => id)
          .reverse(),
      );
    }));

  test('go on behind a payment that has left the list meanwhile', () =>
    withBackend(startPayments, async (url) => {
      const page = (after: string) =>
        ask<List<Payment>>(`${url}/payments?status=AUTHORISED&limit=2${after && `&starting_after=${after}`}`);
      const all = (await ask<List<Payment>>(`${url}/payments?status=AUTHORISED&limit=5`)).body.data;
      const last = (await page('')).body.data.at(-1)?.id ?? '';
      const captured = await write(`${url}/payments/${last}/capture`, {}, 'in-between');
      expect(captured.body.status).toBe('CAPTURED');
      const { status, body } = await page(last);
      expect([status, body.data]).toEqual([200, all.slice(2, 4)]);
    }));

  test('hold the payments of many rides, or of one state, in one answer', () =>
    withBackend(startPayments, async (url) => {
      const wanted = seedPayments().payments.slice(0, 100);
      const rides = wanted.map(({ metadata }) => metadata.ride).join(',');
      const { body } = await ask<List<Payment>>(`${url}/payments?ride_ids=${rides},RIDE-unknown`);
      expect(new Set(body.data.map(({ id }) => id))).toEqual(new Set(wanted.map(({ id }) => id)));
      const refunded = await ask<List<Payment>>(`${url}/payments?status=REFUNDED&limit=10`);
      expect(new Set(refunded.body.data.map(({ status }) => status))).toEqual(new Set(['REFUNDED']));
      expect(await callsOf(url)).toEqual({ total: 2, byOperation: { 'GET /payments': 2 } });
    }));

  test.each(['limit=0', 'limit=501', 'starting_after=pay_x', 'status=captured', 'ride_id=1'])(
    'refuse %s',
    (query) =>
      withBackend(startPayments, async (url) => {
        const { status, body } = await ask<Refusal>(`${url}/payments?${query}`);
        expect([status, body.error.type]).toEqual([400, 'invalid_request_error']);
      }),
  );

  test('are for those who have the key', () =>
    withBackend(startPayments, async (url) => {
      for (const authorization of ['Bearer other', 'sk_test_demo', '']) {
        const { status, body } = await ask<Refusal>(`${url}/payments`, { headers: { authorization } });
        expect([status, body.error.code]).toEqual([401, 'api_key_invalid']);
      }
    }));
});

async function ledgerOf(url: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const last = entries.at(-1)?.id;
    const { body } = await ask<List<LedgerEntry>>(
      `${url}/ledger?limit=500${last ? `&starting_after=${last}` : ''}`,
    );
    entries.push(...body.data);
    if (!body.has_more) return entries;
  }
}
