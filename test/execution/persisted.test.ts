import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/caller.ts';
import { AutomaticDocuments } from '../../src/execution/persisted/automatic-documents.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { type GuardedGraph, openGuardedGraph } from './guarded-graph.ts';

const open = new Set<GuardedGraph>();
afterEach(async () => {
  await Promise.all([...open].map((graph) => graph.close()));
  open.clear();
});

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const article = 'query Article { article(id: "a1") { name } }';
const margin = 'query Margin { article(id: "a1") { margin } }';
const manifest = new Map([
  ['article', article],
  ['margin', margin],
]);
const strict: Caller = {
  id: 'strict',
  audience: 'PARTNER',
  tenant: 'acme',
  isAuthenticated: true,
  registeredOnly: true,
};

async function opened() {
  const graph = await openGuardedGraph({}, { strict }, undefined, manifest);
  open.add(graph);
  const send = async (as: string, body: object) => {
    const response = await fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-caller': as },
      body: JSON.stringify(body),
    });
    const { data, errors } = (await response.json()) as {
      data?: unknown;
      errors?: { extensions: { code: string } }[];
    };
    return {
      status: response.status,
      ...(data === undefined ? { code: errors?.[0]?.extensions.code } : { data }),
    };
  };
  return { graph, send };
}

const found = { status: 200, data: { article: { name: 'article a1' } } };
const hashed = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha(text) } } });

describe('a registered operation', () => {
  it('is run by its id or its hash', async () => {
    const { send } = await opened();
    for (const as of ['nobody', 'strict', 'chief']) {
      expect(await send(as, { documentId: 'article' })).toEqual(found);
      expect(await send(as, hashed(article))).toEqual(found);
    }
    expect(await send('nobody', { documentId: 'nothing' })).toMatchObject({
      code: 'PERSISTED_QUERY_NOT_FOUND',
    });
  });

  it('G25: is known only to audiences whose contract it fits', async () => {
    const { send } = await opened();
    expect(await send('chief', { documentId: 'margin' })).toMatchObject({ data: { article: { margin: 3 } } });
    for (const body of [{ documentId: 'margin' }, hashed(margin)])
      expect(await send('acme', body)).toEqual({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  it('G25: is all that an app may run that is held to them, to the letter', async () => {
    const { send } = await opened();
    expect(await send('strict', { query: article })).toEqual(found);
    for (const query of [`${article} `, article.replace('{', '{ # note\n'), '{ articles { id } }']) {
      // Asked, kept and given to others, it stays closed to this one.
      for (let round = 0; round < 3; round += 1) await send('acme', { query });
      expect(await send('strict', { query })).toEqual({ status: 400, code: 'PERSISTED_QUERY_ONLY' });
      expect(await send('strict', { query, ...hashed(query) })).toEqual({
        status: 400,
        code: 'PERSISTED_QUERY_ONLY',
      });
      expect(await send('strict', hashed(query))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    }
  });

  it('G25: is named by an id or sent as a text, not both', async () => {
    const { send } = await opened();
    for (const more of [{ query: article }, hashed(article)])
      expect(await send('acme', { documentId: 'article', ...more })).toEqual({
        status: 400,
        code: 'CANNOT_SEND_PQ_ID_AND_BODY',
      });
  });
});

describe('a document that a caller registers', () => {
  const text = '{ article(id: "a2") { name } }';
  const answer = { status: 200, data: { article: { name: 'article a2' } } };

  it('is known by its hash afterwards, within its audience', async () => {
    const { send } = await opened();
    const missing = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' };
    expect(await send('acme', hashed(text))).toEqual(missing);
    expect(await send('acme', { query: text, ...hashed(text) })).toEqual(answer);
    await expect.poll(() => send('zeta', hashed(text))).toEqual(answer);
    expect(await send('nobody', hashed(text))).toEqual(missing);
  });

  it('G24: is not registered by nobody, nor where it is not valid', async () => {
    const { send } = await opened();
    expect(await send('nobody', { query: text, ...hashed(text) })).toEqual(answer);
    expect(await send('nobody', hashed(text))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    await send('acme', { query: '{ nothing }', ...hashed('{ nothing }') });
    expect(await send('acme', hashed('{ nothing }'))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  it('G22: must have the hash that it is sent with', async () => {
    const { send } = await opened();
    expect(await send('acme', { query: text, ...hashed('{ other }') })).toEqual({
      status: 400,
      code: 'PERSISTED_QUERY_HASH_MISMATCH',
    });
  });
});

describe('the documents that callers registered', () => {
  const acme: Caller = { id: 'acme', audience: 'PARTNER', tenant: 'acme' };
  const until = { freshUntil: 1e15, staleUntil: 1e15, errorUntil: 1e15, keptUntil: 1e15 };
  const store = () => processCache({ maxEntries: 1_000, maxBytes: 1_000_000, clock: steadyClock });

  it('G23: are not believed where the text has another hash, and are evicted', async () => {
    const cache = store();
    const documents = new AutomaticDocuments(cache, steadyClock, 'p|', {
      automaticTtlMs: 1_000,
      registrationsPerMinute: 10,
    });
    const key = `p|${sha('{ harmless }')}`;
    const [{ stamp } = { stamp: undefined }] = await cache.getMany([{ key, tags: [key] }]);
    await cache.setMany([[{ key, value: '{ secret }', ...until }, stamp as never]]);
    expect(cache.peek(key)?.value).toBe('{ secret }');
    expect(await documents.find(sha('{ harmless }'))).toBeUndefined();
    expect(cache.peek(key)).toBeUndefined();
  });

  it('G24: are so many a minute for each caller, and are forgotten after their time', async () => {
    let now = 1_000_000;
    const clock = { now: () => now };
    const cache = processCache({ maxEntries: 1_000, maxBytes: 1_000_000, clock });
    const documents = new AutomaticDocuments(cache, clock, 'p|', {
      automaticTtlMs: 300_000,
      registrationsPerMinute: 10,
    });
    const register = async (from: number, caller = acme) => {
      for (let index = from; index < from + 100; index += 1)
        await documents.register(sha(`{ a${index} }`), `{ a${index} }`, caller);
      const texts = Array.from({ length: 100 }, (_, index) => sha(`{ a${from + index} }`));
      return (await Promise.all(texts.map((hash) => documents.find(hash)))).filter(Boolean).length;
    };
    expect(await register(0)).toBe(10);
    expect(await register(100)).toBe(0);
    expect(await register(200, { ...acme, id: 'other' })).toBe(10);
    now += 60_000;
    expect(await register(300)).toBe(10);
    now += 300_000;
    expect(await documents.find(sha('{ a300 }'))).toBeUndefined();
  });
});
