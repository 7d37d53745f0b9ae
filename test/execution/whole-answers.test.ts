import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerConfigInput } from '../../src/config/server-config.ts';
import { TributaryError } from '../../src/errors.ts';
import { argument, bind, parent } from '../../src/graph/binding.ts';
import type { FieldContext } from '../../src/graph/fields.ts';
import type { Cache } from '../../src/operations/caches/cache.ts';
import { openCache } from '../../src/operations/caches/open-cache.ts';
import { Described } from '../../src/operations/outcome.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { call, custom } from '../../src/transports/custom/custom.ts';
import { redisAtHand } from '../support/redis.ts';
import { type BoundGraph, callers, openBoundGraph } from './bound-graph.ts';

const redis = await redisAtHand();

const sdl = `
  type Query {
    article(id: ID!): Article
    articles(ids: [ID!]!): [Article!]!
    account: Account
    offer: String
    plan: String
    stock(id: ID!): Int
    unkept: String
    now: String @cacheControl(maxAge: 60)
    greeting: String @cacheControl(maxAge: 60)
    own: String @cacheControl(maxAge: 60, scope: PRIVATE)
    sneaky: String @cacheControl(maxAge: 60)
    requested: String @cacheControl(maxAge: 60)
    forgiving: String @cacheControl(maxAge: 60)
  }
  type Mutation { rename(id: ID!, name: String!): String }
  type Article { id: ID! name: String! by: Author }
  type Author { name: String! }
  type Account { id: ID! }
`;

interface Shop {
  readonly graph: BoundGraph;
  /** How often each operation was asked. */
  readonly asked: Map<string, number>;
  /** What the backend does before it answers. */
  before: (operation: string) => Promise<void> | void;
  readonly names: Map<string, string>;
}

const open = new Set<BoundGraph>();
afterEach(async () => {
  await Promise.all([...open].map((graph) => graph.close()));
  open.clear();
});

async function openShop(
  config: ServerConfigInput = {},
  cacheOf?: Parameters<typeof openBoundGraph>[4],
): Promise<Shop> {
  const asked = new Map<string, number>();
  const names = new Map<string, string>();
  const nameOf = (id: string): string => names.get(id) ?? `article ${id}`;
  const count = async (name: string): Promise<void> => {
    asked.set(name, (asked.get(name) ?? 0) + 1);
    await shop.before(name);
  };
  const shopData = custom('shop', {
    retry: { attempts: 1 },
    operations: {
      article: call<{ id: string }, object | null>(
        async (inputs) => {
          await count('article');
          return inputs.map(({ id }) => ({ id, name: nameOf(id), authorId: `a${id}` }));
        },
        { maxInputs: 100, scope: 'public', cache: { ttlMs: 60_000, tags: ({ id }) => [`article:${id}`] } },
      ),
      articles: call<{ ids: readonly string[] }, readonly object[]>(
        async ([input]) => {
          await count('articles');
          return [(input?.ids ?? []).map((id) => ({ id, name: nameOf(id), authorId: `a${id}` }))];
        },
        {
          scope: 'public',
          cache: { ttlMs: 60_000, tags: ({ ids }) => ids.map((id) => `article:${id}`) },
        },
      ),
      author: call<{ id: string }, object>(
        async (inputs) => {
          await count('author');
          return inputs.map(({ id }) => ({ name: `author ${id}` }));
        },
        { maxInputs: 100, scope: 'public', cache: { ttlMs: 20_000 } },
      ),
      account: call<Record<never, never>, object>(
        async (_inputs, { caller }) => {
          await count('account');
          return [{ id: caller.id }];
        },
        { scope: 'caller', cache: { ttlMs: 60_000 } },
      ),
      offer: call<Record<never, never>, string>(
        async (_inputs, { caller }) => {
          await count('offer');
          return [`offer for ${caller.audience}`];
        },
        { scope: 'audience', cache: { ttlMs: 60_000 } },
      ),
      plan: call<Record<never, never>, string>(
        async (_inputs, { caller }) => {
          await count('plan');
          return [`plan of ${caller.tenant ?? caller.id}`];
        },
        { scope: 'tenant', cache: { ttlMs: 60_000 } },
      ),
      stock: call<{ id: string }, number>(
        async (inputs) => {
          await count('stock');
          return inputs.map(() => 7);
        },
        { scope: 'public', cache: { ttlMs: 1_000, staleIfErrorMs: 60_000 } },
      ),
      unkept: call<Record<never, never>, string>(
        async () => {
          await count('unkept');
          return [new Described('not to be kept', { storable: false })];
        },
        { scope: 'public', cache: { ttlMs: 60_000 } },
      ),
      fails: call<Record<never, never>, string>(
        async () => {
          await count('fails');
          throw new TributaryError('UPSTREAM_UNAVAILABLE');
        },
        { scope: 'public', cache: { ttlMs: 60_000 } },
      ),
      rename: call<{ id: string; name: string }, string>(
        async ([input]) => {
          await count('rename');
          names.set(input?.id ?? '', input?.name ?? '');
          return [input?.name ?? ''];
        },
        { kind: 'write', evicts: ({ id }) => [`article:${id}`] },
      ),
    },
  });
  let greetings = 0;
  const entries = {
    'Query.article': bind(shopData.article, { id: argument('id') }),
    'Query.articles': bind(shopData.articles, { ids: argument('ids') }),
    'Query.account': bind(shopData.account, {}),
    'Query.offer': bind(shopData.offer, {}),
    'Query.plan': bind(shopData.plan, {}),
    'Query.stock': bind(shopData.stock, { id: argument('id') }),
    'Query.unkept': bind(shopData.unkept, {}),
    'Mutation.rename': bind(shopData.rename, { id: argument('id'), name: argument('name') }),
    'Article.by': bind(shopData.author, { id: parent('authorId') }),
    'Query.now': () => String(performance.now()),
    'Query.greeting': () => `greeting ${++greetings}`,
    'Query.own': (_parent: unknown, _args: unknown, { caller }: FieldContext) => caller.id,
    'Query.sneaky': (_parent: unknown, _args: unknown, { caller }: FieldContext) => caller.id,
    'Query.requested': (_parent: unknown, _args: unknown, { requestId }: FieldContext) => requestId,
    'Query.forgiving': (_parent: unknown, _args: unknown, { load }: FieldContext) =>
      load(shopData.fails, {}).catch(() => 'as if nothing had happened'),
  };
  const graph = await openBoundGraph(sdl, entries, [shopData], config, cacheOf);
  open.add(graph);
  const shop: Shop = { graph, asked, names, before: () => {} };
  return shop;
}

const one = '{ article(id: 1) { name by { name } } }';

/** What `max-age` says: jitter has taken up to a tenth. */
function secondsIn(headers: Headers): number {
  return Number(/^max-age=(\d+), (?:public|private)$/.exec(headers.get('cache-control') ?? '')?.[1]);
}

/** A gate that a backend waits at. */
function gate(): { wait: Promise<void>; open: () => void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

async function eventually(
  holds: () => boolean | Promise<boolean>,
  { limitMs = 10_000, everyMs = 2 } = {},
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It never came to hold.');
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

describe('a whole answer', () => {
  it('is given again as the same bytes, before anything is asked or executed', async () => {
    const { graph, asked } = await openShop();
    const first = await graph.ask(one);
    expect(first.data).toEqual({ article: { name: 'article 1', by: { name: 'author a1' } } });
    const again = await graph.ask(one);
    expect(again.text).toBe(first.text);
    expect(Object.fromEntries(asked)).toEqual({ article: 1, author: 1 });
    const records = graph.log().filter(({ msg }) => msg === 'request');
    expect(records.map(({ wholeAnswer, operations }) => [wholeAnswer, operations === undefined])).toEqual([
      [undefined, false],
      [true, true],
    ]);
    expect(await graph.metrics()).toContain('tributary_whole_answers_total 1');
  });

  it('is executed not even where a function would say something else', async () => {
    const { graph } = await openShop();
    const answers = [await graph.ask('{ greeting }'), await graph.ask('{ greeting }')];
    expect(answers.map(({ data }) => data)).toEqual([{ greeting: 'greeting 1' }, { greeting: 'greeting 1' }]);
  });

  it('belongs to its document, operation, variables and media type', async () => {
    const { graph, asked } = await openShop();
    const text =
      'query A($id: ID!) { article(id: $id) { name } } query B($id: ID!, $x: Boolean = true) { article(id: $id) { id @include(if: $x) name } }';
    const ask = (operationName: string, variables: object, headers = {}) =>
      graph.ask(text, { operationName, variables, headers });
    const a1 = await ask('A', { id: 1 });
    expect((await ask('A', { id: 1 })).headers.get('age')).toBe('0');
    expect((await ask('B', { id: 1 })).data).toEqual({ article: { id: '1', name: 'article 1' } });
    expect((await ask('A', { id: 2 })).data).toEqual({ article: { name: 'article 2' } });
    expect((await ask('B', { id: 1, x: false })).headers.get('age')).toBeNull();
    const other = await ask('A', { id: 1 }, { accept: 'application/graphql-response+json' });
    expect(other.headers.get('age')).toBeNull();
    expect(other.headers.get('content-type')).toContain('graphql-response');
    expect(other.headers.get('etag')).not.toBe(a1.headers.get('etag'));
    // A variable that the operation does not declare changes nothing.
    expect((await ask('A', { id: 1, y: 'unused' })).headers.get('age')).toBe('0');
    expect(asked.get('article')).toBe(2);
  });

  it('ends with the shortest of its parts, however old they were when it was made', async () => {
    const { graph, asked } = await openShop();
    await graph.ask('{ articles(ids: [1]) { name } }');
    graph.clock.skip(50_000);
    const whole = await graph.ask('{ articles(ids: [1]) { id name } }');
    expect(secondsIn(whole.headers)).toBeLessThan(10);
    graph.clock.skip(2_000);
    expect((await graph.ask('{ articles(ids: [1]) { id name } }')).headers.get('age')).toBe('2');
    graph.clock.skip(8_000);
    expect((await graph.ask('{ articles(ids: [1]) { id name } }')).headers.get('age')).toBeNull();
    expect(asked.get('articles')).toBe(2);
  });

  it('is not made of errors, of what a function hid, of what may not be kept, or of a request', async () => {
    const { graph, asked } = await openShop();
    for (const query of ['{ unkept }', '{ forgiving }', '{ requested }', '{ sneaky }']) {
      for (let time = 0; time < 3; time += 1) {
        const answer = await graph.ask(query);
        expect([
          query,
          answer.status,
          answer.headers.get('cache-control'),
          answer.headers.get('age'),
        ]).toEqual([query, 200, 'no-store', null]);
      }
    }
    expect(asked.get('unkept')).toBe(3);
  });

  it('is not kept while a part of it fails, and is as soon as none does', async () => {
    const shop = await openShop();
    shop.before = (name) => {
      if (name === 'author') throw new TributaryError('UPSTREAM_UNAVAILABLE');
    };
    const failed = await shop.graph.ask(one);
    expect(failed.errors?.[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(failed.headers.get('cache-control')).toBe('no-store');
    expect(failed.headers.get('etag')).toBeNull();
    shop.before = () => {};
    expect((await shop.graph.ask(one)).errors).toBeUndefined();
    expect((await shop.graph.ask(one)).headers.get('age')).toBe('0');
  });

  it('is switched off by an option, and so is sharing; what clients are told stays', async () => {
    const { graph } = await openShop({ wholeAnswers: { enabled: false } });
    expect((await graph.ask('{ greeting }')).headers.get('cache-control')).toBe('max-age=60, public');
    expect((await graph.ask('{ greeting }')).data).toEqual({ greeting: 'greeting 2' });
  });

  it('that is too large is not kept', async () => {
    const { graph } = await openShop({ wholeAnswers: { maxAnswerBytes: 20 } });
    await graph.ask('{ greeting }');
    expect((await graph.ask('{ greeting }')).data).toEqual({ greeting: 'greeting 2' });
  });
});

describe('evictions', () => {
  it('by a mutation end every whole answer that has the part, and no other', async () => {
    const { graph, asked } = await openShop();
    const [list, other] = ['{ articles(ids: [1, 2]) { name } }', '{ articles(ids: [3]) { name } }'];
    for (const query of [one, list, other]) await graph.ask(query);
    await graph.ask('mutation { rename(id: 1, name: "new") }');
    expect((await graph.ask(one)).data).toMatchObject({ article: { name: 'new' } });
    expect((await graph.ask(list)).data).toEqual({ articles: [{ name: 'new' }, { name: 'article 2' }] });
    expect((await graph.ask(other)).headers.get('age')).toBe('0');
    expect(Object.fromEntries(asked)).toEqual({ article: 2, articles: 3, author: 1, rename: 1 });
  });

  it('during an execution leave nothing stale behind, and nobody joins what began before', async () => {
    const shop = await openShop();
    await shop.graph.ask(one);
    await shop.graph.evict(['article:1']);
    const held = gate();
    shop.before = (name) => (name === 'article' ? held.wait : undefined);
    const [leader, follower] = [shop.graph.ask(one), shop.graph.ask(one)];
    await eventually(() => shop.asked.get('article') === 2);
    shop.before = () => {};
    await shop.graph.ask('mutation { rename(id: 1, name: "new") }');
    const after = shop.graph.ask(one);
    held.open();
    await Promise.all([leader, follower]);
    expect((await after).data).toMatchObject({ article: { name: 'new' } });
    expect((await shop.graph.ask(one)).data).toMatchObject({ article: { name: 'new' } });
  });

  it('by an operator: tags, or everything, in JSON that no page of a browser sent', async () => {
    const { graph, asked } = await openShop();
    const post = (path: string, body: unknown, headers = {}) =>
      fetch(`${graph.adminUrl}/cache/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    await graph.ask(one);
    expect(await (await post('evict', { tags: ['article:1'] })).json()).toEqual({ evicted: ['article:1'] });
    await graph.ask(one);
    expect(Object.fromEntries(asked)).toEqual({ article: 2, author: 1 });
    expect(await (await post('evict-all', {})).json()).toEqual({ evicted: 'all' });
    await graph.ask(one);
    expect(Object.fromEntries(asked)).toEqual({ article: 3, author: 2 });
    const long = 'x'.repeat(1_025);
    for (const [path, body] of [
      ['evict', {}],
      ['evict', { tags: [] }],
      ['evict', { tags: 'article:1' }],
      ['evict', { tags: [1] }],
      ['evict', { tags: [long] }],
      ['evict', { tags: ['a'], more: 1 }],
      ['evict-all', { tags: ['a'] }],
      ['evict-all', null],
    ] as const) {
      const refused = await post(path, body);
      expect([path, body, refused.status]).toEqual([path, body, 400]);
      expect(((await refused.json()) as { errors: object[] }).errors).toHaveLength(1);
    }
    expect((await post('evict-all', {}, { origin: 'http://evil.example' })).status).toBe(400);
    expect((await fetch(`${graph.adminUrl}/cache/evict-all`, { method: 'POST' })).status).toBe(400);
    expect((await fetch(graph.url.replace('/graphql', '/cache/evict-all'), { method: 'POST' })).status).toBe(
      404,
    );
    expect(asked.get('article')).toBe(3);
  });
});

describe('callers', () => {
  it('Z10: see their own whole answers, in every scope', async () => {
    const { graph, asked } = await openShop();
    const expected = {
      account: ({ id }: (typeof callers)[keyof typeof callers]) => ({ account: { id } }),
      offer: ({ audience }: (typeof callers)[keyof typeof callers]) => ({ offer: `offer for ${audience}` }),
      plan: ({ tenant, id }: (typeof callers)[keyof typeof callers]) => ({ plan: `plan of ${tenant ?? id}` }),
      own: ({ id }: (typeof callers)[keyof typeof callers]) => ({ own: id }),
      sneaky: ({ id }: (typeof callers)[keyof typeof callers]) => ({ sneaky: id }),
    };
    const queries = {
      account: '{ account { id } }',
      offer: '{ offer }',
      plan: '{ plan }',
      own: '{ own }',
      sneaky: '{ sneaky }',
    };
    for (let round = 0; round < 3; round += 1) {
      for (const as of Object.keys(callers) as (keyof typeof callers)[]) {
        for (const name of Object.keys(queries) as (keyof typeof queries)[]) {
          const { data, headers } = await graph.ask(queries[name], { as });
          expect([as, data]).toEqual([as, expected[name](callers[as])]);
          expect(headers.get('cache-control')).toMatch(
            name === 'sneaky' ? /^no-store$/ : /^max-age=\d+, private$/,
          );
        }
      }
    }
    // Kept all the same: once for each caller, each audience, each tenant.
    expect(Object.fromEntries(asked)).toEqual({ account: 5, offer: 2, plan: 3 });
  });

  it('Z10: get with whole answers what they get without, whatever they ask in whatever order', async () => {
    const [kept, plain] = [await openShop(), await openShop({ wholeAnswers: { enabled: false } })];
    const fields = ['account { id }', 'offer', 'plan', 'own', 'article(id: 1) { name }', 'sneaky'];
    const query = fc.subarray(fields, { minLength: 1 }).map((chosen) => `{ ${chosen.join(' ')} }`);
    const asking = fc.record({
      query,
      as: fc.constantFrom(...(Object.keys(callers) as (keyof typeof callers)[])),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { minLength: 5, maxLength: 20 }), async (askings) => {
        const of = ({ graph }: Shop) => Promise.all(askings.map(({ query, as }) => graph.ask(query, { as })));
        const [with_, without] = [await of(kept), await of(plain)];
        expect(with_.map(({ data }) => data)).toEqual(without.map(({ data }) => data));
      }),
      { numRuns: 20 },
    );
  });

  it('never share an execution beyond their scope', async () => {
    const shop = await openShop();
    await shop.graph.ask('{ account { id } }', { as: 'dora' });
    const held = gate();
    shop.before = () => held.wait;
    const asks = (['anna', 'bert', 'anna', 'carl'] as const).map((as) =>
      shop.graph.ask('{ account { id } }', { as }),
    );
    await eventually(() => shop.asked.get('account') === 4);
    held.open();
    expect((await Promise.all(asks)).map(({ data }) => data)).toEqual(
      ['anna', 'bert', 'anna', 'carl'].map((id) => ({ account: { id } })),
    );
  });
});

describe('a whole answer that is no ASCII', () => {
  it('has the same bytes each time, and a length that counts them', async () => {
    const shop = await openShop();
    shop.names.set('1', 'é€𝒳 "\u2028"');
    for (let round = 0; round < 4; round += 1) {
      const { data, headers, text } = await shop.graph.ask('{ article(id: 1) { name } }');
      expect(data).toEqual({ article: { name: 'é€𝒳 "\u2028"' } });
      expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    }
    expect(shop.asked.get('article')).toBe(1);
  });
});

describe('equal requests under way', () => {
  it('C11: share one execution when a hot answer ends, a thousand of them', async () => {
    const shop = await openShop({ limits: { maxRequests: 5_000 } });
    await shop.graph.ask('{ articles(ids: [1, 2]) { name } }');
    await shop.graph.ask('{ articles(ids: [1, 2]) { name } greeting }');
    shop.graph.clock.skip(61_000);
    const held = gate();
    shop.before = () => held.wait;
    const query = '{ articles(ids: [1, 2]) { name } greeting }';
    const asks = Array.from({ length: 1_000 }, () => shop.graph.ask(query));
    await eventually(async () => (await shop.graph.metrics()).includes('tributary_requests_in_flight 1000'), {
      limitMs: 60_000,
      everyMs: 50,
    });
    held.open();
    const texts = new Set((await Promise.all(asks)).map(({ text }) => text));
    expect([...texts]).toEqual([
      '{"data":{"articles":[{"name":"article 1"},{"name":"article 2"}],"greeting":"greeting 2"}}',
    ]);
    expect(shop.asked.get('articles')).toBe(2);
  }, 90_000);

  it('go on for those who stay when the one who began has left, and end when all have', async () => {
    const shop = await openShop();
    await shop.graph.ask('{ article(id: 1) { name } greeting }');
    await shop.graph.evict(['article:1']);
    const held = gate();
    shop.before = () => held.wait;
    const query = '{ article(id: 1) { name } greeting }';
    const first = new AbortController();
    const left = shop.graph.ask(query, { signal: first.signal, headers: { 'x-request-id': 'left' } });
    await eventually(() => shop.asked.get('article') === 2);
    const stayed = shop.graph.ask(query);
    await eventually(async () => (await shop.graph.metrics()).includes('tributary_requests_in_flight 2'));
    first.abort();
    await expect(left).rejects.toThrow();
    await eventually(() => shop.graph.log().some(({ requestId }) => requestId === 'left'));
    held.open();
    expect((await stayed).data).toEqual({ article: { name: 'article 1' }, greeting: 'greeting 2' });
    expect(shop.asked.get('article')).toBe(2);
    expect(shop.graph.log().find(({ requestId }) => requestId === 'left')).toMatchObject({
      status: 499,
      codes: ['CLIENT_CLOSED'],
    });
  });

  it('keep their own deadlines: who has less time than the one who began asks alone', async () => {
    const shop = await openShop();
    await shop.graph.ask(one);
    await shop.graph.evict(['article:1']);
    const held = gate();
    shop.before = () => held.wait;
    const patient = shop.graph.ask(one);
    await eventually(() => shop.asked.get('article') === 2);
    const hasty = await shop.graph.ask(one, { headers: { 'x-request-timeout': '100' } });
    expect([hasty.status, hasty.errors?.[0]?.extensions.code]).toEqual([504, 'REQUEST_TIMEOUT']);
    held.open();
    expect((await patient).status).toBe(200);
  });

  it('ask for themselves where the answer turns out not to be shareable', async () => {
    const shop = await openShop();
    await shop.graph.ask('{ unkept }');
    const held = gate();
    shop.before = () => held.wait;
    const asks = [shop.graph.ask('{ unkept }'), shop.graph.ask('{ unkept }')];
    await eventually(() => (shop.asked.get('unkept') ?? 0) >= 2);
    held.open();
    for (const { data } of await Promise.all(asks)) expect(data).toEqual({ unkept: 'not to be kept' });
    expect(shop.asked.get('unkept')).toBe(3);
  });
});

describe('HTTP caching towards the client', () => {
  it('C16: tells what is left, among whom, and by which headers it varies', async () => {
    const { graph } = await openShop();
    const told = async (query: string, least: number, most: number) => {
      const { headers } = await graph.ask(query);
      const seconds = secondsIn(headers);
      expect([query, seconds >= least && seconds <= most]).toEqual([query, true]);
      return [headers.get('cache-control')?.replace(/\d+/, 'n'), headers.get('vary')];
    };
    expect(await told('{ article(id: 1) { name } }', 53, 60)).toEqual(['max-age=n, public', 'accept']);
    // The least of 60 and 20 seconds.
    expect(await told(one, 17, 20)).toEqual(['max-age=n, public', 'accept']);
    expect(await told('{ now }', 60, 60)).toEqual(['max-age=n, public', 'accept']);
    const own = ['max-age=n, private', 'accept, x-caller'];
    expect(await told('{ account { id } }', 53, 60)).toEqual(own);
    expect(await told('{ article(id: 1) { name } now account { id } }', 53, 60)).toEqual(own);
    for (const query of [
      '{ unkept }',
      '{ nothing }',
      'mutation { rename(id: 9, name: "x") }',
      '{ __typename }',
    ]) {
      const { headers } = await graph.ask(query);
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['no-store', 'accept, x-caller']);
    }
  });

  it('answers 304 to a GET that names the validator, and only to a GET', async () => {
    const { graph } = await openShop();
    const first = await graph.ask(one, { method: 'GET' });
    const etag = first.headers.get('etag') as string;
    const cacheControl = first.headers.get('cache-control');
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, text, headers } = await graph.ask(one, {
        method: 'GET',
        headers: { 'if-none-match': given },
      });
      expect([given, status, text, headers.get('etag'), headers.get('cache-control')]).toEqual([
        given,
        304,
        '',
        etag,
        cacheControl,
      ]);
      expect(headers.get('content-type')).toBeNull();
    }
    const other = await graph.ask(one, { method: 'GET', headers: { 'if-none-match': '"other"' } });
    expect([other.status, other.text]).toEqual([200, first.text]);
    const posted = await graph.ask(one, { headers: { 'if-none-match': etag } });
    expect([posted.status, posted.text]).toEqual([200, first.text]);
    expect(posted.headers.get('etag')).toBe(etag);
  });

  it('keeps the connection after a 304', async () => {
    const { graph } = await openShop();
    const { port } = new URL(graph.url);
    const etag = (await graph.ask('{ greeting }', { method: 'GET' })).headers.get('etag');
    const socket = connect(Number(port), '127.0.0.1');
    const request = `GET /graphql?query=%7B+greeting+%7D HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nif-none-match: ${etag}\r\n\r\n`;
    socket.write(request + request);
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.split('304 Not Modified').length === 3 && text.endsWith('\r\n\r\n')) break;
    }
    socket.destroy();
    expect(text.split('304 Not Modified')).toHaveLength(3);
  });

  it('U17: says that a part is stale where its backend fails, and lets nobody keep that', async () => {
    const shop = await openShop();
    const query = '{ stock(id: 1) }';
    await shop.graph.ask(query);
    shop.graph.clock.skip(2_000);
    shop.before = () => {
      throw new TributaryError('UPSTREAM_UNAVAILABLE');
    };
    const stale = await shop.graph.ask(query);
    expect(stale.data).toEqual({ stock: 7 });
    expect(stale.extensions).toEqual({ cache: { stale: true } });
    expect(stale.headers.get('cache-control')).toBe('no-store');
    shop.graph.clock.skip(60_000);
    const over = await shop.graph.ask(query);
    expect(over.errors?.[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(over.extensions).toBeUndefined();
  });
});

describe('two processes', () => {
  it.skipIf('reason' in redis)(
    `find each other's whole answers, and their evictions${'reason' in redis ? `: not tested, ${redis.reason}` : ''}`,
    async () => {
      const { url } = redis as { url: string };
      const caches: Cache[] = [];
      const shared: Parameters<typeof openBoundGraph>[4] = (clock) => {
        const cache = openCache({ maxEntries: 1_000, maxBytes: 1_000_000, redisUrl: url, log: noLog, clock });
        caches.push(cache);
        return cache;
      };
      const [a, b] = [await openShop({}, shared), await openShop({}, shared)];
      await eventually(() => caches.every((cache) => cache.fault() === undefined));
      await caches[0]?.evictAll();
      const query = 'query ($id: ID!) { article(id: $id) { name } greeting }';
      const ask = ({ graph }: Shop, id: number) => graph.ask(query, { variables: { id } });
      // The second one must know the document.
      await ask(b, 2);
      await eventually(async () => (await ask(a, 1)).headers.get('age') !== null);
      const found = await ask(b, 1);
      expect(found.headers.get('age')).not.toBeNull();
      expect(found.text).toBe((await ask(a, 1)).text);
      expect(b.asked.get('article')).toBe(1);
      b.names.set('1', 'new');
      await a.graph.ask('mutation { rename(id: 1, name: "new") }');
      await eventually(async () => (await ask(b, 1)).text.includes('"name":"new"'));
    },
  );
});
