import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { partners, seedVehicles } from '../../backends/partners/data.ts';
import { startPartners } from '../../backends/partners/server.ts';
import { attribute, parseXml, type XmlElement } from '../../backends/shared/xml.ts';
import { callsOf, withBackend } from './clients.ts';

interface Answer {
  status: number;
  tag: string | null;
  root: XmlElement | undefined;
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    tag: response.headers.get('etag'),
    root: text ? parseXml(text) : undefined,
  };
}

const document = (seats: number): string =>
  `<vehicle><make>Müller &amp; Söhne</make><model>1e5</model><year>2020</year><seats>${seats}</seats>` +
  '<dailyPrice currency="EUR">84.50</dailyPrice><features><feature>PETS</feature></features></vehicle>';

const put = (url: string, body: string, headers: Record<string, string>): Promise<Answer> =>
  ask(url, { method: 'PUT', body, headers: { 'content-type': 'application/xml', ...headers } });
const remove = (url: string, headers: Record<string, string>): Promise<Answer> =>
  ask(url, { method: 'DELETE', headers });

const childText = (root: XmlElement | undefined, name: string): string | undefined =>
  root?.children.find((child) => child.name === name)?.text;

test('the seeded vehicles are the same on every machine and every run', () => {
  const text = JSON.stringify([partners, seedVehicles()]);
  expect(createHash('sha256').update(text).digest('hex')).toMatchInlineSnapshot(
    `"048a1d6d0c6eb6873da86b52e32e16943315cef05793b19450ed7ecffc9ea597"`,
  );
});

describe('a vehicle of a partner', () => {
  test('is registered, changed and withdrawn, each on what the client knows of it', () =>
    withBackend(startPartners, async (url) => {
      const at = `${url}/partners/P01/vehicles/00123`;
      const made = await put(at, document(4), { 'if-none-match': '*' });
      expect([made.status, made.tag, childText(made.root, 'make')]).toEqual([201, '"1"', 'Müller & Söhne']);
      expect((await put(at, document(6), { 'if-none-match': '*' })).status).toBe(412);
      const changed = await put(at, document(6), { 'if-match': '"1"' });
      expect([changed.status, changed.tag, childText(changed.root, 'seats')]).toEqual([200, '"2"', '6']);
      expect((await put(at, document(8), { 'if-match': '"1"' })).status).toBe(412);
      expect((await remove(at, { 'if-match': '"1"' })).status).toBe(412);
      expect((await ask(at)).tag).toBe('"2"');
      expect((await remove(at, { 'if-match': '"2"' })).status).toBe(204);
      expect((await ask(at)).status).toBe(410);
    }));

  test('takes a write that was done already as done', () =>
    withBackend(startPartners, async (url) => {
      const at = `${url}/partners/P02/vehicles/AA-1`;
      for (let time = 0; time < 2; time += 1)
        expect((await put(at, document(4), { 'if-none-match': '*' })).tag).toBe('"1"');
      for (let time = 0; time < 2; time += 1)
        expect((await put(at, document(6), { 'if-match': '"1"' })).tag).toBe('"2"');
      expect((await remove(at, { 'if-match': '"2"' })).status).toBe(204);
      expect((await remove(at, { 'if-match': '"2"' })).status).toBe(410);
    }));

  test.each([
    ['no condition', document(4), {}, 428],
    ['seats beyond reason', document(99), { 'if-none-match': '*' }, 422],
    ['a price without a currency', document(4).replace(' currency="EUR"', ''), { 'if-none-match': '*' }, 422],
    [
      'an element that is unknown',
      document(4).replace('<year>', '<yaer/><year>'),
      { 'if-none-match': '*' },
      400,
    ],
    ['no XML', 'vehicle', { 'if-none-match': '*' }, 400],
    ['a DOCTYPE', `<!DOCTYPE vehicle>${document(4)}`, { 'if-none-match': '*' }, 400],
    ['JSON', '{}', { 'if-none-match': '*', 'content-type': 'application/json' }, 415],
  ])('is refused with %s', (_, body, headers, status) =>
    withBackend(startPartners, async (url) => {
      const refused = await put(`${url}/partners/P01/vehicles/AA-1`, body, headers as Record<string, string>);
      expect([refused.status, refused.root?.name]).toEqual([status, 'error']);
    }),
  );

  test('is found by partner, and by partner and plate', () =>
    withBackend(startPartners, async (url) => {
      expect((await ask(`${url}/partners/P09/vehicles`)).status).toBe(404);
      expect((await ask(`${url}/partners/P01/vehicles/NONE`)).status).toBe(404);
      expect((await ask(`${url}/partners/P01/vehicles`, { method: 'POST' })).status).toBe(405);
      const seen: (string | undefined)[] = [];
      for (;;) {
        const after = seen.length > 0 ? `&after=${seen.at(-1)}` : '';
        const { root } = await ask(`${url}/partners/P03/vehicles?first=25${after}`);
        seen.push(...(root?.children ?? []).map((vehicle) => attribute(vehicle, 'plate')));
        if (root && attribute(root, 'hasNextPage') === 'false') break;
      }
      const plates = seedVehicles()
        .filter(({ partnerId }) => partnerId === 'P03')
        .map(({ plate }) => plate);
      expect(seen).toEqual(plates.sort());
      expect((await callsOf(url)).byOperation['GET /partners/{id}/vehicles']).toBe(3);
    }));
});
