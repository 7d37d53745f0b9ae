import { cacheKeyOf } from '../cache-key.ts';
import type { Call, CallContext, Policy } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import { settle } from '../settle.ts';
import { reasonOf } from '../within.ts';

/**
 * Equal reads in flight are one: an input that another request asked a moment ago waits for the same call. Keyed like
 * the cache, so never across scopes; only for operations that declare a scope, since nothing else says that an answer
 * may be shared.
 *
 * The shared call has a signal of its own, aborted when the last who waited for any of its inputs has left, and a
 * deadline of its own: each waiter's own time is kept by the deadline policy above.
 */
export const collapse: Policy = (next, operation) => {
  if (operation.scope === undefined) return next;
  const flights = new Map<string, Flight<never>>();

  return async (inputs, context) => {
    if (context.signal.aborted) return inputs.map(() => reasonOf(context.signal));
    const joined = join(next, operation, flights, inputs, context);
    const outcomes = joined.map(({ outcome }) => outcome);
    const leave = (): void => {
      for (const { flight } of joined) flight.leave();
    };
    // The call below may have been what made the client leave.
    if (context.signal.aborted) leave();
    context.signal.addEventListener('abort', leave, { once: true });
    try {
      return (await Promise.all(outcomes)) as never;
    } finally {
      context.signal.removeEventListener('abort', leave);
    }
  };
};

interface Seat<O> {
  readonly flight: Flight<O>;
  readonly outcome: Promise<Outcome<O>>;
}

/** A shared call under way, for one or many keys. */
class Flight<O> {
  readonly controller = new AbortController();
  outcomes: Promise<readonly Outcome<O>[]> = Promise.resolve([]);
  readonly positions = new Map<string, number>();
  #waiting = 0;

  board(key: string): Promise<Outcome<O>> {
    this.#waiting++;
    const position = this.positions.get(key) as number;
    return this.outcomes.then((outcomes) => outcomes[position] as Outcome<O>);
  }

  leave(): void {
    if (--this.#waiting === 0) this.controller.abort();
  }
}

function join<I, O>(
  next: Call<I, O>,
  operation: OpenOperation,
  flights: Map<string, Flight<never>>,
  inputs: readonly I[],
  context: CallContext,
): readonly Seat<O>[] {
  const keys = inputs.map((input) => cacheKeyOf(operation, input, context.caller));
  const own = new Flight<O>();
  const led: I[] = [];
  keys.forEach((key, index) => {
    const flight = flights.get(key);
    // A flight that everybody left is ending: its outcome is an abort, not an answer.
    if (flight !== undefined && !flight.controller.signal.aborted) return;
    own.positions.set(key, led.length);
    led.push(inputs[index] as I);
    flights.set(key, own as Flight<never>);
  });
  if (led.length > 0) own.outcomes = fly(next, operation, flights, own, led, context);
  return keys.map((key) => {
    const flight = flights.get(key) as unknown as Flight<O>;
    return { flight, outcome: flight.board(key) };
  });
}

async function fly<I, O>(
  next: Call<I, O>,
  operation: OpenOperation,
  flights: Map<string, Flight<never>>,
  flight: Flight<O>,
  inputs: readonly I[],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const shared = {
    ...context,
    signal: flight.controller.signal,
    deadline: performance.now() + operation.totalMs,
  };
  const outcomes = await settle(next, inputs, shared);
  for (const key of flight.positions.keys()) {
    if ((flights.get(key) as unknown) === flight) flights.delete(key);
  }
  return outcomes;
}
