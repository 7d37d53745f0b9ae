/** How often something may be done. */
export interface Rate {
  /** So many a minute, spread evenly. */
  readonly perMinute: number;
  /** So many at once, after a pause. */
  readonly burst: number;
}

/** One request that wants to begin. */
export interface Entering {
  /** Who shares the limit: an app, an address. Never a secret: it is part of the names of keys in Redis. */
  readonly group: string;
  readonly rate: Rate;
  /** How many requests it counts as. */
  readonly cost: number;
  /** Who shares the limit of what is under way: a key of the app. */
  readonly runner: string;
  /** Most requests under way at the same time; 0 for as many as there are. */
  readonly running: number;
}

/** Whether a request may begin. */
export interface Verdict {
  /** Which limit refuses it, if one does. */
  readonly refusedBy: 'rate' | 'running' | undefined;
  /** How many more may follow at once. */
  readonly remaining: number;
  /** When as many as ever may follow at once again, in milliseconds. */
  readonly fullInMs: number;
  /** When to ask again where it was refused, in milliseconds. */
  readonly retryInMs: number;
  /** The request is over. Called once; does nothing where it was refused. */
  leave(): void;
}

/** Where requests are counted: in this process, or in Redis for all replicas. */
export interface LimitStore {
  /** Counts a request, unless it is refused: then nothing is counted. Never rejects. */
  enter(entering: Entering): Verdict | Promise<Verdict>;
  close(): Promise<void>;
}

export const nothingToLeave = (): void => {};
