import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import { addressGroup } from './address-group.ts';
import { BadCredentials } from './bad-credentials.ts';
import type { BlockedNews } from './blocked-news.ts';
import { type Entering, type LimitStore, nothingToLeave, type Verdict } from './limit-store.ts';
import type { PlanLimits } from './plan-limits.ts';
import type { Quota } from './quota.ts';
import { policyHeader, type RateHeaders, rateHeaders } from './rate-headers.ts';

export interface LimitsOptions {
  readonly store: LimitStore;
  /** Without it no quota is counted. */
  readonly quota?: Quota | undefined;
  /** What a caller may do; `undefined` where nothing limits them. Asked for every request. */
  readonly planOf: (caller: Caller) => PlanLimits | undefined;
  /** What everybody without credentials may do from one address. */
  readonly anonymous: PlanLimits;
  readonly badCredentials: { readonly most: number; readonly withinMs: number; readonly blockMs: number };
  /** Tells other replicas which addresses are blocked. */
  readonly news?: BlockedNews | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A request that has begun, or was refused. */
export interface Entered {
  /** For its answer, whatever that is: names and values by turns. */
  readonly headers: RateHeaders;
  /** `RATE_LIMITED` or `CONCURRENCY_LIMITED`, with the time to wait. */
  readonly refused: TributaryError | undefined;
  /** The request is over. */
  leave(): void;
}

/** Counts requests, work under way and units, and says when it is enough. */
export interface Limits {
  /**
   * Asked before anybody looks at credentials.
   *
   * @throws TributaryError `RATE_LIMITED` where the address has tried too many
   */
  checkAddress(address: string): void;
  /** Wrong credentials came from an address; the fingerprint tells them apart. */
  badCredentials(address: string, fingerprint: number): void;
  /** A request wants to begin; at once where the count is kept in this process. */
  enter(caller: Caller, address: string): Entered | Promise<Entered>;
  /**
   * Spends units of the quota of the caller's app, before the operation begins.
   *
   * @throws TributaryError, or rejects with it: `QUOTA_EXCEEDED`, `QUOTA_UNAVAILABLE`
   */
  spend(caller: Caller, cost: number): void | Promise<void>;
  close(): Promise<void>;
}

export function openLimits(options: LimitsOptions): Limits {
  return new OpenLimits(options);
}

const unlimited: Entered = Object.freeze({ headers: [], refused: undefined, leave: nothingToLeave });

class OpenLimits implements Limits {
  readonly #options: LimitsOptions;
  readonly #bad: BadCredentials;
  readonly #policies = new WeakMap<PlanLimits, string>();

  constructor(options: LimitsOptions) {
    const { news, log, clock } = options;
    this.#options = options;
    this.#bad = new BadCredentials({
      ...options.badCredentials,
      clock,
      blocked: (group, untilMs) => {
        log.warn({ address: group }, 'An address is blocked: it has tried too many wrong credentials.');
        news?.tell({ group, forMs: untilMs - clock.now() });
      },
    });
    news?.hear(({ group, forMs }) => this.#bad.block(group, clock.now() + forMs));
  }

  checkAddress(address: string): void {
    this.#bad.check(address);
  }

  badCredentials(address: string, fingerprint: number): void {
    this.#bad.count(address, fingerprint);
  }

  enter(caller: Caller, address: string): Entered | Promise<Entered> {
    const plan = this.#planOf(caller);
    if (plan === undefined) return unlimited;
    const verdict = this.#options.store.enter(enteringOf(caller, address, plan));
    return verdict instanceof Promise
      ? verdict.then((known) => this.#entered(known, plan))
      : this.#entered(verdict, plan);
  }

  spend(caller: Caller, cost: number): void | Promise<void> {
    const { quota } = this.#options;
    if (quota === undefined || caller.app === undefined) return;
    const limit = this.#options.planOf(caller)?.quota;
    if (limit !== undefined) return quota.spend(caller.app, limit, cost);
  }

  async close(): Promise<void> {
    await Promise.all([this.#options.store.close(), this.#options.quota?.close()]);
  }

  /** Nobody limits who works here, on this machine. */
  #planOf(caller: Caller): PlanLimits | undefined {
    if (isAnonymous(caller)) return caller.audience === 'INTERNAL' ? undefined : this.#options.anonymous;
    return this.#options.planOf(caller);
  }

  #entered(verdict: Verdict, plan: PlanLimits): Entered {
    let policy = this.#policies.get(plan);
    if (policy === undefined) {
      policy = policyHeader(plan);
      this.#policies.set(plan, policy);
    }
    return {
      headers: rateHeaders(policy, verdict),
      refused: verdict.refusedBy === undefined ? undefined : refusalOf(verdict),
      leave: verdict.leave,
    };
  }
}

function isAnonymous({ app, isAuthenticated }: Caller): boolean {
  return app === undefined && isAuthenticated !== true;
}

function enteringOf(caller: Caller, address: string, plan: PlanLimits): Entering {
  const group = caller.app ?? (isAnonymous(caller) ? addressGroup(address) : caller.id);
  return { group, rate: plan, cost: 1, runner: caller.key ?? group, running: plan.running };
}

function refusalOf({ refusedBy, retryInMs }: Verdict): TributaryError {
  return new TributaryError(refusedBy === 'rate' ? 'RATE_LIMITED' : 'CONCURRENCY_LIMITED', undefined, {
    retryAfterMs: Math.ceil(retryInMs),
  });
}
