import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../access/identity/credentials.ts';
import type { Caller } from '../caller.ts';
import type { Exchange } from './exchange.ts';

/** A request that was let in and begun before fastify sees it. */
export interface Arrival {
  readonly exchange: Exchange;
  /** What the request says of who is calling; it was taken out of it. `undefined` where it says it wrongly. */
  readonly credentials: Credentials | undefined;
  /** Who is calling; a rejected promise where that cannot be told, `undefined` where the body may tell. */
  readonly caller: Caller | Promise<Caller> | undefined;
  /** The whole body, where it was read. */
  readonly body: Buffer | undefined;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** Hands what is known of a request on to fastify's hooks and routes. */
export function handOver(request: IncomingMessage, arrival: Arrival): void {
  arrivals.set(request, arrival);
}

export function arrivalOf(request: IncomingMessage): Arrival | undefined {
  return arrivals.get(request);
}

export function hasArrived(request: IncomingMessage): boolean {
  return arrivals.has(request);
}
