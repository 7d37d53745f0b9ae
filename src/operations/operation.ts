import type { Problem } from '../config/problems.ts';
import type { Configurable } from '../config/setting.ts';
import type { Forwarding } from './forwarding.ts';
import type { BreakerOptions, HedgeOptions, RetryOptions } from './resilience.ts';
import type { OpenContext, Prepared, Transport } from './transport.ts';

/** Whom an answer may be shared among. `caller` wherever the caller's credentials travel to the backend. */
export type Scope = 'public' | 'audience' | 'tenant' | 'caller';

export interface CacheOptions<in I = never> {
  /** How long an answer is served without asking again, where the backend itself says nothing. In milliseconds. */
  readonly ttlMs: number;
  /** After that: how long it is served at once while one refresh runs. @default 0 */
  readonly staleWhileRevalidateMs?: number;
  /** After that: how long it is served when the backend fails. @default 0 */
  readonly staleIfErrorMs?: number;
  /** How long "there is no such thing" is believed. @default ttlMs, but a second at most */
  readonly missingTtlMs?: number;
  /**
   * What the answer is made of, as tags: `(input) => [`ride:${input.id}`]`. A write that `evicts` one of them evicts the
   * answer. Told from the input alone. @default none
   */
  readonly tags?: (input: I) => readonly string[];
}

/**
 * The tags of all that a write makes untrue. The output is `undefined` where the write failed: it may have been done
 * nevertheless, and what it would have made untrue is evicted.
 */
export type Evicts<in I, in O> = (input: I, output: O | undefined) => readonly string[];

/** What the author of a datasource says about one operation, whatever its protocol. */
export interface OperationOptions<in I = never, in O = never> {
  /** Whom an answer may be shared among. Required for what is cached. */
  readonly scope?: Scope;
  /** Keeps answers. Only for reads. @default not kept */
  readonly cache?: CacheOptions<I>;
  /** Only for writes: the tags of answers that are not true any more. @default none */
  readonly evicts?: Evicts<I, O>;
  /** How long one attempt may take. @default the datasource's */
  readonly timeoutMs?: number;
  /** A write that does the same when done twice, so that it may be tried again. Reads always may. @default false */
  readonly idempotent?: boolean;
}

/**
 * An operation as a protocol's builder (`get`, `one`, `method` …) returns it, before a datasource gives it a name.
 * `I` and `O` stand in `types` only for the compiler.
 */
export interface OperationSpec<in I, out O> {
  readonly protocol: string;
  readonly kind: 'read' | 'write';
  /** What the protocol's transport prepares. */
  readonly spec: unknown;
  readonly options: OperationOptions;
  /** Whether several inputs share a wire request. */
  readonly batched: boolean;
  /** Inputs that are keys: `1` and `"1"` are one key. */
  readonly keyInputs: readonly string[];
  /** Applied, in order, to what the transport prepared: merging, mapping of missing to null, reshaping. */
  readonly adapters: readonly Adapter[];
  readonly types?: (input: I) => O;
}

/** Changes what a transport prepared. Works on the transport's call, never on the pipeline. */
export interface Adapter {
  readonly name: string;
  /** Everything that decides the outcome, for the version of the definition. */
  readonly definition: unknown;
  adapt(prepared: Prepared<unknown, unknown>): Prepared<unknown, unknown>;
}

/** One named, typed unit of backend work: `fleet.driver`. */
export interface Operation<in I, out O> {
  readonly info: OperationInfo;
  readonly types?: (input: I) => O;
}

/** What policies, the rules of `check` and the explanations know of an operation. */
export interface OperationInfo {
  /** `datasource.operation` */
  readonly name: string;
  readonly datasource: DatasourceInfo;
  readonly spec: OperationSpec<never, unknown>;
  readonly kind: 'read' | 'write';
  readonly batched: boolean;
  readonly scope: Scope | undefined;
  readonly cache: CacheOptions | undefined;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** How long all attempts together may take, for work that no client's deadline limits. */
  readonly totalMs: number;
  /**
   * Changes whenever the definition does, or a description or schema that it names, so that a new release never reads an old
   * release's answers. Whole once the engine has opened the datasource.
   */
  readonly version: string;
  /** The canonical text of an input: equal for inputs that are the same question. */
  canonical(input: unknown): string;
}

/** An operation whose transport is open. */
export interface OpenOperation extends OperationInfo {
  /** The most inputs that one wire request can carry. */
  readonly maxInputs: number;
  /** Inputs with different texts must not share a wire request. */
  readonly groupBy: ((input: unknown) => string) | undefined;
}

/** What the engine knows of a datasource. */
export interface DatasourceInfo {
  readonly protocol: string;
  readonly name: string;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How many wire requests run at the same time. */
  readonly concurrency: number;
  /** How many more may wait for their turn; beyond that they fail at once. */
  readonly maxQueue: number;
  readonly retry: Required<RetryOptions>;
  readonly breaker: Required<BreakerOptions>;
  /** When slow reads are asked a second time; never without it. */
  readonly hedge?: HedgeOptions | undefined;
  /** What of clients' requests its own carry, and which headers its answers give to theirs; absent where it is nothing. */
  readonly forwarding?: Forwarding | undefined;
  /** Options whose values the environment may give, by the name of the option. */
  readonly settings: Readonly<Record<string, Configurable>>;
  open(context: OpenContext): Transport | Promise<Transport>;
  /** What would stop the start and can be told without opening anything; places are the datasource's name. */
  readonly check?: (() => Promise<readonly Problem[]>) | undefined;
  /** Changes with the content of the files that its answers are read by; known when the engine has opened it. */
  documents: string;
}
