import { LRUCache } from 'lru-cache';
import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { addressGroup } from './address-group.ts';

export interface BadCredentialsOptions {
  /** So many different ones from one address… */
  readonly most: number;
  /** …within so long… */
  readonly withinMs: number;
  /** …block it for so long. */
  readonly blockMs: number;
  readonly clock: Clock;
  /** An address was blocked by this replica. */
  readonly blocked?: (group: string, untilMs: number) => void;
}

const mostAddresses = 10_000;

interface Tries {
  readonly since: number;
  readonly seen: Set<number>;
}

/**
 * Notices credentials being tried out: many different wrong ones from one address. A client that repeats the same wrong key
 * is only misconfigured. A blocked address gets nothing at all for a while, so that nobody learns which one was right.
 */
export class BadCredentials {
  readonly #options: BadCredentialsOptions;
  readonly #tries = new LRUCache<string, Tries>({ max: mostAddresses });
  readonly #blockedUntil = new LRUCache<string, number>({ max: mostAddresses });

  constructor(options: BadCredentialsOptions) {
    this.#options = options;
  }

  /**
   * Asked before credentials are looked at.
   *
   * @throws TributaryError `RATE_LIMITED` where the address is blocked
   */
  check(address: string): void {
    if (this.#blockedUntil.size === 0) return;
    const group = addressGroup(address);
    const until = this.#blockedUntil.get(group);
    if (until === undefined) return;
    const leftMs = until - this.#options.clock.now();
    if (leftMs > 0)
      throw new TributaryError('RATE_LIMITED', 'Too many wrong credentials came from this address.', {
        retryAfterMs: leftMs,
      });
    this.#blockedUntil.delete(group);
  }

  /**
   * Wrong credentials came from an address.
   *
   * @param fingerprint tells them apart; not the credentials themselves, a checksum is enough
   */
  count(address: string, fingerprint: number): void {
    const { most, withinMs, blockMs, clock, blocked } = this.#options;
    const group = addressGroup(address);
    const now = clock.now();
    let tries = this.#tries.get(group);
    if (tries === undefined || now - tries.since > withinMs) {
      tries = { since: now, seen: new Set() };
      this.#tries.set(group, tries);
    }
    tries.seen.add(fingerprint);
    if (tries.seen.size < most) return;
    this.#tries.delete(group);
    this.block(group, now + blockMs);
    blocked?.(group, now + blockMs);
  }

  /** Blocks what another replica has blocked. */
  block(group: string, untilMs: number): void {
    this.#blockedUntil.set(group, Math.min(untilMs, this.#options.clock.now() + this.#options.blockMs));
  }
}
