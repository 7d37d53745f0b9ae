import { afterEach, describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import type { AskedOperation, Gate } from '../../src/execution/gate.ts';
import { type GuardedGraph, openGuardedGraph } from './guarded-graph.ts';

const open = new Set<GuardedGraph>();
afterEach(async () => {
  await Promise.all([...open].map((graph) => graph.close()));
  open.clear();
});

/** The shop behind a gate. */
async function gated(gate: Gate) {
  const graph = await openGuardedGraph({}, {}, gate);
  open.add(graph);
  return graph;
}

const article = '{ article(id: "a1") { name } }';

describe('the gate', () => {
  it('is asked once for each operation, executed or kept, before anything is done for it', async () => {
    const asked: AskedOperation[] = [];
    const graph = await gated((operation) => {
      expect(graph.taken()).toEqual([]);
      asked.push(operation);
    });
    for (let round = 1; round <= 5; round += 1) {
      expect((await graph.ask(article, { as: 'nobody' })).data).toEqual({ article: { name: 'article a1' } });
      expect(asked).toHaveLength(round);
      graph.taken();
    }
    expect(graph.log().filter(({ wholeAnswer }) => wholeAnswer === true).length).toBeGreaterThanOrEqual(3);
    const [first, ...rest] = asked;
    expect(first).toMatchObject({
      kind: 'query',
      name: undefined,
      cost: 1,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect([...(first?.coordinates ?? [])]).toEqual(['Query.article', 'Article.name']);
    for (const each of rest) expect(each).toEqual(first);
  });

  it('may take its time', async () => {
    let asked = 0;
    const graph = await gated(async () => {
      await new Promise(setImmediate);
      asked += 1;
    });
    for (let round = 1; round <= 5; round += 1) {
      expect((await graph.ask(article, { as: 'nobody' })).status).toBe(200);
      expect(asked).toBe(round);
    }
  });

  it.each(['at once', 'later'])(
    'lets nothing pass that it refuses %s, known or not, kept or not',
    async (when) => {
      let isOpen = false;
      const graph = await gated(async () => {});
      await graph.close();
      open.clear();
      const refusing = await gated((): void | Promise<void> => {
        if (isOpen) return undefined;
        const refusal = new TributaryError('RATE_LIMITED', undefined, { retryAfterMs: 2_000 });
        if (when === 'at once') throw refusal;
        return Promise.reject(refusal);
      });
      const expectRefused = async () => {
        const { status, headers, errors } = await refusing.ask(article, { as: 'nobody' });
        expect({
          status,
          code: errors?.[0]?.extensions.code,
          retryAfter: headers.get('retry-after'),
        }).toEqual({
          status: 429,
          code: 'RATE_LIMITED',
          retryAfter: '2',
        });
        expect(refusing.taken()).toEqual([]);
      };
      await expectRefused();
      await expectRefused();
      isOpen = true;
      for (let round = 0; round < 3; round += 1)
        expect((await refusing.ask(article, { as: 'nobody' })).status).toBe(200);
      refusing.taken();
      isOpen = false;
      await expectRefused();
    },
  );

  it('is not asked for what no execution follows', async () => {
    let asked = 0;
    const graph = await gated(() => {
      asked += 1;
    });
    await graph.ask('{ nothing }', { as: 'nobody' });
    await graph.ask('{', { as: 'nobody' });
    const rename = 'mutation { rename(id: "a1", name: "b") { id } }';
    expect(
      (await graph.ask(rename, { as: 'nobody', method: 'GET', headers: { 'apollo-require-preflight': '1' } }))
        .status,
    ).toBe(405);
    expect(asked).toBe(0);
    await graph.ask(rename, { as: 'nobody' });
    expect(asked).toBe(1);
    expect(
      (await graph.ask(rename, { as: 'nobody', method: 'GET', headers: { 'apollo-require-preflight': '1' } }))
        .status,
    ).toBe(405);
    expect(asked).toBe(1);
  });
});

describe('an operation that may cost too much', () => {
  it('G11: is refused with its cost and what is allowed, and asks no backend', async () => {
    const graph = await openGuardedGraph({ limits: { maxCost: 5, assumedListSize: 10 } });
    open.add(graph);
    for (let round = 0; round < 2; round += 1) {
      const answer = await graph.ask('{ articles { id } }', { as: 'nobody' });
      expect(answer.status).toBe(400);
      expect(answer.errors).toEqual([
        expect.objectContaining({
          extensions: expect.objectContaining({ code: 'COST_ESTIMATED_TOO_EXPENSIVE', cost: 10, max: 5 }),
        }),
      ]);
    }
    expect(graph.taken()).toEqual([]);
  });
});
