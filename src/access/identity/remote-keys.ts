import { Agent, request } from 'undici';
import { TributaryError, toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { IssuerKey, IssuerKeys } from './issuer-key.ts';
import { type KeySet, readKeySet } from './key-set.ts';

export interface RemoteKeysOptions {
  /** Of the issuer, for the log. */
  readonly name: string;
  readonly url: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** How long keys are believed without being looked at again, and how long while they cannot be. */
const freshMs = 600_000;
const staleMs = 86_400_000;
/** Tokens that name unknown keys cause one fetch within this time, however many come. */
const coolDownMs = 30_000;
const fetchLimitMs = 3_000;
const maxBytes = 262_144;
const firstPauseMs = 1_000;

/**
 * The keys that an issuer publishes at an address (RFC 7517 §5). Fetched at once, and again every ten minutes; a token
 * that names an unknown key has them fetched again, once in 30 seconds at most, and all who wait, wait for the one fetch,
 * three seconds at most. While the address does not answer, the last keys are used for a day.
 */
export function openRemoteKeys(options: RemoteKeysOptions): IssuerKeys {
  return new RemoteKeys(options);
}

class RemoteKeys implements IssuerKeys {
  readonly #options: RemoteKeysOptions;
  readonly #agent = new Agent({ connections: 1, pipelining: 1, maxResponseSize: maxBytes });
  readonly #closed = new AbortController();
  #keys: KeySet | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #loading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    void this.#load();
  }

  find(id: string | undefined, algorithm: string): IssuerKey | undefined | Promise<IssuerKey | undefined> {
    const key = this.isUsable() ? this.#keys?.find(id, algorithm) : undefined;
    if (key !== undefined) return key;
    if (this.#loading === undefined && this.#options.clock.now() - this.#triedAt < coolDownMs)
      return this.#unknown();
    return this.#load().then(
      () => (this.isUsable() ? this.#keys?.find(id, algorithm) : undefined) ?? this.#unknown(),
    );
  }

  isUsable(): boolean {
    return this.#keys !== undefined && this.#options.clock.now() - this.#loadedAt < staleMs;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closed.abort();
    void this.#agent.destroy();
  }

  /** A key that may only be missing because we could not look is not known to be wrong. */
  #unknown(): undefined {
    if (this.#failures === 0) return undefined;
    throw new TributaryError('AUTH_UNAVAILABLE', undefined, { retryAfterMs: coolDownMs });
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch()
      .then((value) => {
        this.#keys = readKeySet(value, this.#keys);
        this.#loadedAt = this.#options.clock.now();
        this.#failures = 0;
      })
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#loading = undefined;
        this.#again();
      });
    return this.#loading;
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    if (this.#closed.signal.aborted) return;
    const { name, log, clock } = this.#options;
    const ageMs = this.#keys === undefined ? undefined : Math.round(clock.now() - this.#loadedAt);
    log.error(
      { issuer: name, ageMs, error: toError(error) },
      'The keys of a token issuer cannot be fetched.',
    );
  }

  /** Often at first, so that a server which starts before the issuer is ready soon after it. */
  #again(): void {
    if (this.#closed.signal.aborted) return;
    const pauseMs =
      this.#failures === 0 ? freshMs : Math.min(coolDownMs, firstPauseMs * 2 ** (this.#failures - 1));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), pauseMs).unref();
  }

  async #fetch(): Promise<unknown> {
    this.#triedAt = this.#options.clock.now();
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(fetchLimitMs)]);
    const { statusCode, body } = await request(this.#options.url, {
      dispatcher: this.#agent,
      headers: { accept: 'application/json, application/jwk-set+json' },
      signal,
    });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`The address of the keys answered ${statusCode}.`);
    }
    return JSON.parse(await body.text());
  }
}
