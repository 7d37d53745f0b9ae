import { Cancellation, type CancelSignal } from '../../util/abort.ts';
import { cacheKeyPrefixOf, textsOf } from '../cache-key.ts';
import type { Cache } from '../caches/cache.ts';
import type { Lookups } from '../caches/lookups.ts';
import type { Call, CallContext } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import { allFailed, Described, type Outcome } from '../outcome.ts';
import type { Passes } from '../passes.ts';
import type { Policy } from '../policy.ts';
import { ReturnedHeaders } from '../returned-headers.ts';
import { settled } from '../settle.ts';
import { reasonOf } from '../within.ts';
import type { WriteCounts } from './evict.ts';

export interface CollapseServices {
  readonly cache: Pick<Cache, 'isCurrent'>;
  readonly passes: Passes;
  readonly writes: WriteCounts;
}

/**
 * Equal reads in flight are one: an input that another request asked a moment ago waits for the same call. (Equal inputs
 * of one request are one already: the loader sees to that.) Keyed like the cache, so never across scopes; only for
 * operations that declare a scope, since nothing else says that an answer may be shared. Nobody joins a call that began
 * before an eviction or a write of the same datasource that they may know of, and nobody takes another's answer that
 * turns out not to be storable: they ask for their own.
 *
 * The shared call has a signal of its own, aborted when the last who waited for any of its inputs has left, and a
 * deadline of its own: each waiter's own time is kept by the deadline policy above.
 */
export function collapsePolicy(services: CollapseServices): Policy {
  return (next, operation) => {
    if (operation.scope === undefined) return next;
    const flights = new Flights(next as Call<unknown, unknown>, operation, services);

    return (inputs, context) => {
      const { signal } = context;
      if (signal.aborted) return Promise.resolve(allFailed(inputs, reasonOf(signal)));
      const { aboard, seats } = flights.board(inputs, context);
      const leave = (): void => {
        for (const flight of aboard) flight.leave();
      };
      // The call below may have been what made the client leave.
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      return landing(aboard).then(() => {
        signal.removeEventListener('abort', leave);
        if (seats === undefined) return aboard[0]?.outcomes as never;
        const outcomes = seats.map(({ flight, position }) => flight.outcomes[position]);
        return flights.askAgain(inputs, seats, outcomes, context) as never;
      });
    };
  };
}

/** Resolves when all have landed. */
function landing(flights: readonly Flight[]): Promise<unknown> {
  const [first] = flights;
  if (flights.length === 1 && first?.landing !== undefined) return first.landing;
  return Promise.all(flights.map((flight) => flight.landing));
}

/** Where the outcome of one input will be. */
interface Seat {
  readonly flight: Flight;
  readonly position: number;
}

interface Boarding {
  /** What is waited for. */
  readonly aboard: readonly Flight[];
  /** For each input; absent where there is one flight, of these inputs in this order. */
  readonly seats?: readonly Seat[];
}

/** A shared call under way, for one or many keys. */
class Flight {
  readonly #cancellation = new Cancellation();
  /** Of the request that began it. */
  readonly requester: CallContext;
  /** How many writes of the datasource had ended when it began. */
  readonly writes: number;
  inputs: readonly unknown[] = [];
  /** What the cache knew of each when the call began; absent where nothing is cached. */
  lookups: Lookups | undefined;
  /** Of the inputs, once somebody has looked for theirs among them. */
  keys: readonly string[] | undefined;
  /** Resolves when the outcomes are there. */
  landing: Promise<void> | undefined;
  outcomes: readonly Outcome<unknown>[] = [];
  /** What its answers gave: the requester's, unless somebody else waited for them too. */
  readonly returned: ReturnedHeaders | undefined;
  #boarded = 0;
  #waiting = 0;

  constructor(requester: CallContext, writes: number) {
    this.requester = requester;
    this.writes = writes;
    this.returned = requester.returned && new ReturnedHeaders();
  }

  get signal(): CancelSignal {
    return this.#cancellation.signal;
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
    if (--this.#waiting === 0) this.#cancellation.abort();
  }
}

/**
 * The calls of one operation that are under way. Their keys are entered when the next request looks for its own among
 * them: a call that nobody comes across is found by nobody, and costs no more for a hundred inputs than for one.
 */
class Flights {
  readonly #next: Call<unknown, unknown>;
  readonly #operation: OpenOperation;
  readonly #services: CollapseServices;
  readonly #seats = new Map<string, Seat>();
  /** Under way, but not in `#seats` yet: it began when no other could be come across. */
  #unentered: Flight | undefined;

  constructor(next: Call<unknown, unknown>, operation: OpenOperation, services: CollapseServices) {
    this.#next = settled(next);
    this.#operation = operation;
    this.#services = services;
  }

  /** A seat for each input: on a call under way where there is one, on a new one for all others. */
  board(inputs: readonly unknown[], context: CallContext): Boarding {
    const own = new Flight(context, this.#services.writes.of(this.#operation.datasource));
    if (this.#seats.size > 0 || this.#unentered !== undefined)
      return this.#boardAmongOthers(own, inputs, context);
    own.enter();
    this.#unentered = own;
    own.landing = this.#fly(own, inputs, context.lookups);
    return { aboard: [own] };
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
    const lookups = context.lookups.at(again);
    const answers = await this.#next(asked, { ...context, lookups });
    const all = [...outcomes];
    again.forEach((index, position) => {
      all[index] = answers[position];
    });
    return all;
  }

  #boardAmongOthers(own: Flight, inputs: readonly unknown[], context: CallContext): Boarding {
    if (this.#unentered !== undefined) this.#enter(this.#unentered);
    const aboard = new Set<Flight>();
    const led: unknown[] = [];
    const keys: string[] = [];
    const ledAt: number[] = [];
    const seats = this.#keysOf(inputs, context.lookups, context).map((key, index) => {
      let seat = this.#seats.get(key);
      if (seat === undefined || !this.#mayBoard(seat, own.writes) || this.#services.passes.has(key)) {
        seat = { flight: own, position: led.length };
        led.push(inputs[index]);
        keys.push(key);
        ledAt.push(index);
        this.#seats.set(key, seat);
      }
      aboard.add(seat.flight);
      return seat;
    });
    for (const flight of aboard) flight.enter();
    own.keys = keys;
    if (led.length > 0) own.landing = this.#fly(own, led, context.lookups?.at(ledAt));
    return { aboard: [...aboard], seats };
  }

  #fly(flight: Flight, inputs: readonly unknown[], lookups: Lookups | undefined): Promise<void> {
    const { requester, signal, returned } = flight;
    flight.inputs = inputs;
    flight.lookups = lookups;
    const deadline = performance.now() + this.#operation.totalMs;
    return this.#next(inputs, { ...requester, signal, deadline, returned, lookups }).then((outcomes) => {
      flight.land(outcomes);
      if (this.#unentered === flight) this.#unentered = undefined;
      for (const key of flight.keys ?? [])
        if (this.#seats.get(key)?.flight === flight) this.#seats.delete(key);
    });
  }

  #enter(flight: Flight): void {
    this.#unentered = undefined;
    flight.keys = this.#keysOf(flight.inputs, flight.lookups, flight.requester);
    flight.keys.forEach((key, position) => {
      this.#seats.set(key, { flight, position });
    });
  }

  #keysOf(inputs: readonly unknown[], lookups: Lookups | undefined, context: CallContext): readonly string[] {
    if (lookups !== undefined) return lookups.all().map(({ key }) => key);
    const prefix = cacheKeyPrefixOf(this.#operation, context.caller, context.forwarded);
    return textsOf(this.#operation, inputs, context).map((text) => prefix + text);
  }

  /**
   * A call that everybody left is ending: its outcome is an abort, not an answer. One that began before an eviction, or
   * before a write where nothing is cached, may hold what is not true any more.
   */
  #mayBoard({ flight, position }: Seat, ended: number): boolean {
    if (flight.signal.aborted) return false;
    const stamp = flight.lookups?.all()[position]?.stamp;
    return stamp === undefined ? flight.writes === ended : this.#services.cache.isCurrent(stamp);
  }
}

function isUnshared(outcome: unknown): boolean {
  return outcome instanceof Described && outcome.description.storable === false;
}
