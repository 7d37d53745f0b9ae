import { newAbortController } from '../../util/abort.ts';
import { cacheKeyPrefixOf } from '../cache-key.ts';
import type { Cache, Lookup, Stamp } from '../caches/cache.ts';
import type { Call, CallContext } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import { Described, type Outcome } from '../outcome.ts';
import type { Passes } from '../passes.ts';
import type { Policy } from '../policy.ts';
import { ReturnedHeaders } from '../returned-headers.ts';
import { settle } from '../settle.ts';
import { reasonOf } from '../within.ts';
import type { WriteCounts } from './evict.ts';

export interface CollapseServices {
  readonly cache: Pick<Cache, 'isCurrent'>;
  readonly passes: Passes;
  readonly writes: WriteCounts;
}

/**
 * Equal reads in flight are one: an input that another request asked a moment ago waits for the same call. Keyed like
 * the cache, so never across scopes; only for operations that declare a scope, since nothing else says that an answer
 * may be shared. Nobody joins a call that began before an eviction or a write of the same datasource that they may know
 * of, and nobody takes another's answer that turns out not to be storable: they ask for their own.
 *
 * The shared call has a signal of its own, aborted when the last who waited for any of its inputs has left, and a
 * deadline of its own: each waiter's own time is kept by the deadline policy above.
 */
export function collapsePolicy(services: CollapseServices): Policy {
  return (next, operation) => {
    if (operation.scope === undefined) return next;
    const flights = new Flights(next as Call<unknown, unknown>, operation, services);

    return async (inputs, context) => {
      if (context.signal.aborted) return inputs.map(() => reasonOf(context.signal));
      const seats = flights.board(inputs, context);
      const aboard = new Set(seats.map(({ flight }) => flight));
      const leave = (): void => {
        for (const flight of aboard) flight.leave();
      };
      // The call below may have been what made the client leave.
      if (context.signal.aborted) leave();
      context.signal.addEventListener('abort', leave, { once: true });
      for (const { landing } of aboard) await landing;
      context.signal.removeEventListener('abort', leave);
      const outcomes = seats.map(({ flight, position }) => flight.outcomes[position]);
      return (await flights.askAgain(inputs, seats, outcomes, context)) as never;
    };
  };
}

/** A shared call under way, for one or many keys. */
class Flight {
  readonly #controller = newAbortController();
  /** Of the request that began it. */
  readonly requester: CallContext;
  /** Resolves when the outcomes are there. */
  landing: Promise<void> = Promise.resolve();
  outcomes: readonly Outcome<unknown>[] = [];
  /** What its answers gave: the requester's, unless somebody else waited for them too. */
  readonly returned: ReturnedHeaders | undefined;
  #boarded = 0;
  #waiting = 0;

  constructor(requester: CallContext) {
    this.requester = requester;
    this.returned = requester.returned && new ReturnedHeaders();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  enter(): void {
    this.#boarded++;
    this.#waiting++;
  }

  land(outcomes: readonly Outcome<unknown>[]): void {
    this.outcomes = outcomes;
    if (this.returned !== undefined && this.#boarded === 1) this.requester.returned?.takeFrom(this.returned);
  }

  leave(): void {
    if (--this.#waiting === 0) this.#controller.abort();
  }
}

/** Where the outcome of one key will be. */
interface Seat {
  readonly key: string;
  readonly flight: Flight;
  readonly position: number;
  /** What the cache knew of the key when the call began. */
  readonly stamp: Stamp | undefined;
  /** How many writes of the datasource had ended by then. */
  readonly writes: number;
}

/** The calls of one operation that are under way. */
class Flights {
  readonly #next: Call<unknown, unknown>;
  readonly #operation: OpenOperation;
  readonly #services: CollapseServices;
  readonly #open = new Map<string, Seat>();

  constructor(next: Call<unknown, unknown>, operation: OpenOperation, services: CollapseServices) {
    this.#next = next;
    this.#operation = operation;
    this.#services = services;
  }

  /** A seat for each input: on a call under way where there is one, on a new one for all others. */
  board(inputs: readonly unknown[], context: CallContext): readonly Seat[] {
    const { canonical, datasource } = this.#operation;
    const { passes, writes } = this.#services;
    const prefix =
      context.lookups === undefined
        ? cacheKeyPrefixOf(this.#operation, context.caller, context.forwarded)
        : '';
    const ended = writes.of(datasource);
    const own = new Flight(context);
    const aboard = new Set<Flight>();
    const led: unknown[] = [];
    const lookups: Lookup[] = [];
    const seats = inputs.map((input, index) => {
      const lookup = context.lookups?.[index];
      const key = lookup?.key ?? prefix + canonical(input);
      let seat = this.#open.get(key);
      if (seat === undefined || !this.#mayBoard(seat, ended) || passes.has(key)) {
        seat = { key, flight: own, position: led.length, stamp: lookup?.stamp, writes: ended };
        led.push(input);
        if (lookup !== undefined) lookups.push(lookup);
        this.#open.set(key, seat);
      }
      if (seat.flight !== own) aboard.add(seat.flight);
      return seat;
    });
    if (led.length > 0) aboard.add(own);
    for (const flight of aboard) flight.enter();
    if (led.length > 0) own.landing = this.#fly(own, led, lookups, seats);
    return seats;
  }

  /** What came with somebody else's call and may not be shared is asked once more, for this request alone. */
  async askAgain(
    inputs: readonly unknown[],
    seats: readonly Seat[],
    outcomes: readonly Outcome<unknown>[],
    context: CallContext,
  ): Promise<readonly Outcome<unknown>[]> {
    if (context.lookups === undefined) return outcomes;
    const again: number[] = [];
    outcomes.forEach((outcome, index) => {
      if (seats[index]?.flight.requester !== context && isUnshared(outcome)) again.push(index);
    });
    if (again.length === 0) return outcomes;
    const asked = again.map((index) => inputs[index]);
    const lookups = again.map((index) => context.lookups?.[index] as Lookup);
    const answers = await settle(this.#next, asked, { ...context, lookups });
    const all = [...outcomes];
    again.forEach((index, position) => {
      all[index] = answers[position];
    });
    return all;
  }

  async #fly(
    flight: Flight,
    inputs: readonly unknown[],
    lookups: readonly Lookup[],
    seats: readonly Seat[],
  ): Promise<void> {
    const { requester, signal, returned } = flight;
    const deadline = performance.now() + this.#operation.totalMs;
    const own = requester.lookups === undefined ? {} : { lookups };
    flight.land(await settle(this.#next, inputs, { ...requester, signal, deadline, returned, ...own }));
    for (const seat of seats) {
      if (seat.flight === flight && this.#open.get(seat.key) === seat) this.#open.delete(seat.key);
    }
  }

  /**
   * A call that everybody left is ending: its outcome is an abort, not an answer. One that began before an eviction, or
   * before a write where nothing is cached, may hold what is not true any more.
   */
  #mayBoard({ flight, stamp, writes }: Seat, ended: number): boolean {
    if (flight.signal.aborted) return false;
    return stamp === undefined ? writes === ended : this.#services.cache.isCurrent(stamp);
  }
}

function isUnshared(outcome: unknown): boolean {
  return outcome instanceof Described && outcome.description.storable === false;
}
