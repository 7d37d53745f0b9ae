import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type ErrorCode, type TributaryError } from '../../src/errors.ts';
import { type Datasource, datasourceInfo } from '../../src/operations/datasource.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { type Outcome, unwrap } from '../../src/operations/outcome.ts';
import { type OpenDatasource, openDatasource } from '../support/open-datasource.ts';
import { brokenId, hostileTexts, type Item, world } from './world.ts';

/** The operations of the contract. Those that a backend cannot have are left out. */
export interface ContractOperations {
  /** One item by its id; `null` where there is none. */
  readonly item: Operation<{ id: string }, Item | null>;
  /** All items of an owner, in any order; none where nobody has that name. */
  readonly itemsOf: Operation<{ owner: string }, readonly Item[]>;
  /** Gives back what it was given, through the backend. */
  readonly echo?: Operation<{ text: string }, { readonly text: string }>;
  /** Writes. Answers the item with its new name. */
  readonly rename?: Operation<{ id: string; name: string }, Item>;
  /** Answers more than the datasource accepts. */
  readonly big?: Operation<Record<never, never>, unknown>;
  /** Answers something that is not in the protocol. */
  readonly garbage?: Operation<Record<never, never>, unknown>;
  /** Answers when its asker has left, and then never. */
  readonly slow?: Operation<Record<never, never>, unknown>;
}

/** A datasource over a real backend that holds `world`, fresh for each suite. */
export interface TransportFixture {
  readonly datasource: Datasource;
  readonly operations: ContractOperations;
  readonly variables?: NodeJS.ProcessEnv;
  /** How many wire requests (or statements) the backend has received. */
  requests(): number;
  /** Resolves when a `slow` request has reached the backend. */
  slowBegan?(): Promise<void>;
  /** Resolves when the backend has noticed that nobody waits for `slow` any more. */
  slowEnded?(): Promise<void>;
  /** Takes the backend away: from then on nothing answers at its address. */
  stop?(): Promise<void>;
  /** Ends whatever is left. Runs last, also after `stop`. */
  close(): Promise<void>;
}

export interface TransportCapabilities {
  /** Whether several inputs of `item` travel in one request. */
  readonly batches: boolean;
  /** Whether `item` of `brokenId` fails while others of the same batch are answered; the code it fails with. */
  readonly failsByKey?: ErrorCode;
}

/** What every transport promises, whatever protocol it speaks. */
export function describeTransport(
  name: string,
  capabilities: TransportCapabilities,
  factory: () => Promise<TransportFixture>,
  has: readonly (keyof ContractOperations | 'stop')[],
): void {
  describe(`${name} keeps the contract of a transport`, () => {
    let fixture: TransportFixture;
    let open: OpenDatasource;
    beforeAll(async () => {
      fixture = await factory();
      open = await openDatasource(fixture.datasource, fixture.variables);
    });
    afterAll(async () => {
      await open?.close();
      await fixture?.close();
    });
    const operation = <Name extends keyof ContractOperations>(
      wanted: Name,
    ): NonNullable<ContractOperations[Name]> => {
      const found = fixture.operations[wanted];
      if (found === undefined) throw new Error(`The fixture has no operation ${wanted}.`);
      return found;
    };
    const items = async (...ids: string[]): Promise<readonly unknown[]> =>
      (await open.ask(fixture.operations.item, ids.map(byId))).map(unwrapped);
    const failure = (outcome: unknown): TributaryError => {
      expect(outcome).toBeInstanceOf(Error);
      return outcome as TributaryError;
    };

    it('answers each input with its own item, in the order of the inputs', async () => {
      const ids = world.map(({ id }) => id);
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...ids, 'none-1', 'none-2'], { minLength: 1 }),
          async (asked) => {
            expect(await items(...asked)).toEqual(asked.map(itemOf));
          },
        ),
        { numRuns: 15 },
      );
    });

    it('answers equal inputs with equal values', async () => {
      expect(await items('i1', 'i2', 'i1', 'i1')).toEqual(['i1', 'i2', 'i1', 'i1'].map(itemOf));
    });

    it('answers null for what is missing, and the others all the same', async () => {
      expect(await items('nobody', 'i3', 'nothing')).toEqual([null, itemOf('i3'), null]);
    });

    it('answers nothing for no inputs, and asks for nothing', async () => {
      const before = fixture.requests();
      expect(await items()).toEqual([]);
      expect(fixture.requests()).toBe(before);
    });

    it(`asks for ten keys in ${capabilities.batches ? 'one request' : 'ten requests'}`, async () => {
      const before = fixture.requests();
      const ids = ['i1', 'i2', 'i3', 'i4', 'i5', 'i7', 'i9', 'x1', 'x2', 'x3'];
      await items(...ids);
      expect(fixture.requests() - before).toBe(capabilities.batches ? 1 : ids.length);
    });

    it('gives each key its own list, and an empty one where there is nothing', async () => {
      const owners = ['bob', 'nobody', 'ann', 'cid', 'bob'];
      const lists = await open.ask(
        fixture.operations.itemsOf,
        owners.map((owner) => ({ owner })),
      );
      expect(lists.map(unwrapped).map((list) => sorted(list as Item[]))).toEqual(
        owners.map((owner) => sorted(world.filter((entry) => entry.owner === owner))),
      );
    });

    it('gives values that JSON holds as they are', async () => {
      const values = await items(...world.map(({ id }) => id), 'missing');
      expect(JSON.parse(JSON.stringify(values))).toEqual(values);
    });

    it('leaves other keys alone when one is hostile', async () => {
      for (const text of hostileTexts) {
        const [before, hostile, after] = await open.ask(
          fixture.operations.item,
          ['i1', text, 'i2'].map(byId),
        );
        expect([unwrapped(before), unwrapped(after)]).toEqual([itemOf('i1'), itemOf('i2')]);
        if (hostile instanceof Error) expect(codeOf(hostile)).toBe('BAD_USER_INPUT');
        else expect(unwrapped(hostile)).toBeNull();
      }
    });

    if (capabilities.failsByKey !== undefined) {
      it('leaves an error with its own key', async () => {
        const [before, broken, after] = await open.ask(
          fixture.operations.item,
          ['i1', brokenId, 'i2'].map(byId),
        );
        expect([unwrapped(before), unwrapped(after)]).toEqual([itemOf('i1'), itemOf('i2')]);
        expect(failure(broken).code).toBe(capabilities.failsByKey);
        expectPublic(failure(broken));
      });
    }

    if (has.includes('echo')) {
      it('brings hostile texts back as they went, or refuses them', async () => {
        for (const text of hostileTexts) {
          const [outcome] = await open.ask(operation('echo'), [{ text }]);
          if (outcome instanceof Error) expect([text, codeOf(outcome)]).toEqual([text, 'BAD_USER_INPUT']);
          else expect(unwrapped(outcome)).toEqual({ text });
        }
      });

      it('brings any text back as it went, or refuses it', async () => {
        await fc.assert(
          fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
            const [outcome] = await open.ask(operation('echo'), [{ text }]);
            if (outcome instanceof Error) expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
            else expect(unwrapped(outcome)).toEqual({ text });
          }),
          { numRuns: 60 },
        );
      });
    }

    if (has.includes('rename')) {
      it('writes once for each input', async () => {
        const before = fixture.requests();
        const [outcome] = await open.ask(operation('rename'), [{ id: 'i9', name: 'Renamed' }]);
        expect(unwrapped(outcome)).toEqual({ ...itemOf('i9'), name: 'Renamed' });
        expect(fixture.requests() - before).toBe(1);
        await open.ask(operation('rename'), [{ id: 'i9', name: itemOf('i9')?.name ?? '' }]);
      });
    }

    if (has.includes('big')) {
      it('refuses an answer that is too large', async () => {
        const [outcome] = await open.ask(operation('big'), [{}]);
        expect(failure(outcome).code).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
        expectPublic(failure(outcome));
        expect(await items('i1')).toEqual([itemOf('i1')]);
      });
    }

    if (has.includes('garbage')) {
      it('refuses an answer that is not in the protocol', async () => {
        const [outcome] = await open.ask(operation('garbage'), [{}]);
        expect(failure(outcome).code).toBe('UPSTREAM_INVALID_RESPONSE');
        expectPublic(failure(outcome));
      });
    }

    if (has.includes('slow')) {
      it('ends the work on the backend when nobody waits any more', async () => {
        const controller = new AbortController();
        const reason = new Error('the client left');
        const asked = open.ask(operation('slow'), [{}], { signal: controller.signal });
        await fixture.slowBegan?.();
        controller.abort(reason);
        const [outcome] = await asked;
        expect(outcome).toBe(reason);
        await fixture.slowEnded?.();
        expect(await items('i1')).toEqual([itemOf('i1')]);
      });

      it('asks for nothing when nobody waits from the beginning', async () => {
        const before = fixture.requests();
        const reason = new Error('gone');
        const [outcome] = await open.ask(fixture.operations.item, [byId('i1')], {
          signal: AbortSignal.abort(reason),
        });
        expect(outcome).toBe(reason);
        expect(fixture.requests()).toBe(before);
      });
    }

    it('says that its backend is there', async () => {
      await open.transport.ping?.(AbortSignal.timeout(5_000));
    });

    if (has.includes('stop')) {
      it('fails with UPSTREAM_UNAVAILABLE when its backend is gone, and says so', async () => {
        await fixture.stop?.();
        const outcomes = await open.ask(fixture.operations.item, ['i1', 'i2'].map(byId));
        expect(outcomes.map((outcome) => failure(outcome).code)).toEqual([
          'UPSTREAM_UNAVAILABLE',
          'UPSTREAM_UNAVAILABLE',
        ]);
        for (const outcome of outcomes) expectPublic(failure(outcome));
        await expect(open.transport.ping?.(AbortSignal.timeout(5_000))).rejects.toThrow();
      });
    }

    /** What a client may read of an error: the service by name, and nothing of where it is. */
    function expectPublic(error: TributaryError): void {
      expect(error.service).toBe(fixture.datasource[datasourceInfo].name);
      expect(`${error.message} ${JSON.stringify(error.shown ?? {})}`).not.toMatch(
        /127\.0\.0\.1|localhost|:\d{4,5}|https?:|select |\bat .*\.ts/i,
      );
    }
  });
}

function byId(id: string): { id: string } {
  return { id };
}

function itemOf(id: string): Item | null {
  return world.find((entry) => entry.id === id) ?? null;
}

function sorted(items: readonly Item[]): readonly Item[] {
  return [...items].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function unwrapped(outcome: Outcome<unknown>): unknown {
  return outcome instanceof Error ? outcome : unwrap(outcome);
}
