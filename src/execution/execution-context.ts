import type { RequestContext } from '../graph/request-context.ts';
import type { Watcher } from './watcher.ts';

/** What a field's resolver gets, and what the engine needs beside it. */
export interface ExecutionContext extends RequestContext {
  /** Starts with fresh loaders: what follows a write must see it. */
  renew(): void;
}

/** The same context, which tells a watcher what is looked at and who asks for what. */
export function watched(context: ExecutionContext, watcher: Watcher): ExecutionContext {
  const { caller, requestId, renew, rights } = context;
  const load: ExecutionContext['load'] = (operation, input, coordinate) => {
    if (coordinate !== undefined) watcher.asked?.(coordinate, operation, input);
    return context.load(operation, input);
  };
  const answer: ExecutionContext['answer'] = (operation, input, coordinate) => {
    if (coordinate !== undefined) watcher.asked?.(coordinate, operation, input);
    return context.answer(operation, input);
  };
  return {
    load,
    answer,
    renew,
    rights,
    get signal() {
      return context.signal;
    },
    get caller() {
      watcher.sawCaller?.();
      return caller;
    },
    get requestId() {
      watcher.sawRequest?.();
      return requestId;
    },
    ofField:
      watcher.asked === undefined
        ? undefined
        : (coordinate) => ({
            load: (operation, input) => load(operation, input, coordinate),
            caller,
            requestId,
            get signal() {
              return context.signal;
            },
          }),
  };
}
