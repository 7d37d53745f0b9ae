import { TributaryError } from '../errors.ts';

const ours = new WeakSet<Error>();

/** Too many wait for a place at this datasource: nothing was sent. */
export function queueFull(service: string): Error {
  const error = new TributaryError('UPSTREAM_OVERLOADED', undefined, {
    service,
    detail: 'Too many requests wait for a place at this datasource.',
  });
  ours.add(error);
  return error;
}

/** Whether it is our own queue that is full. That says nothing about the backend, and asking again at once makes it worse. */
export function isQueueFull(error: Error): boolean {
  return ours.has(error);
}
