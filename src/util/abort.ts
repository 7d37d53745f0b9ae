import { setMaxListeners } from 'node:events';

/**
 * An `AbortController` that any number may listen to. Node warns of a leak from the eleventh listener on, but a request
 * with dozens of batches, or a batch of dozens of wire requests, is none.
 */
export function newAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
