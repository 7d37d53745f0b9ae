import type { Entered, Limits } from '../access/limits/limits.ts';
import type { SwitchBoard } from '../access/switches/switch-board.ts';
import type { Usage } from '../access/usage/usage.ts';
import { noCalls, type UsageOutcome, type Used } from '../access/usage/usage-event.ts';
import type { Caller } from '../caller.ts';
import { type ErrorCode, TributaryError } from '../errors.ts';
import type { AskedOperation } from '../execution/gate.ts';
import type { HttpRun, RunReport } from '../execution/http-run.ts';
import type { Over } from './observed.ts';

/** What stands around every request: how much may be asked, what is switched off, and what was used. */
export interface Metering {
  readonly limits: Pick<Limits, 'enter' | 'spend'>;
  readonly usage: Pick<Usage, 'check' | 'record' | 'refused'>;
  readonly switches?:
    | Pick<SwitchBoard, 'refusesCaller' | 'refusesCredentials' | 'refusesOperation'>
    | undefined;
  /** Units that one operation of a caller may cost; `undefined` where the server's own limit is enough. */
  readonly maxCostOf?: ((caller: Caller) => number | undefined) | undefined;
  /** Looks at every request that is over. */
  readonly observe?: ((over: Over) => void) | undefined;
}

/** What of a request is known outside of its run. */
export type OverOutside = Pick<Over, 'isIdentified' | 'credentials' | 'headers' | 'variables'>;

const noHeaders: readonly string[] = [];
const noFields: readonly string[] = [];

/** One request, from its first count to the event that it leaves. */
export class Metered {
  /** For its answer, whatever that is: names and values by turns. */
  headers: readonly string[] = noHeaders;
  readonly #metering: Metering;
  readonly #run: HttpRun;
  readonly #begunAt = performance.now();
  #entered: Entered | undefined;
  #entering: Promise<void> | undefined;
  #refused: Error | undefined;
  #asked: AskedOperation | undefined;
  #isOver = false;

  constructor(metering: Metering, run: HttpRun) {
    this.#metering = metering;
    this.#run = run;
  }

  /**
   * Counts the request, once it is known who is calling; at once where the count is kept in this process. Asked again, it
   * says what it said.
   *
   * @throws TributaryError, or rejects with it: `RATE_LIMITED`, `CONCURRENCY_LIMITED`, `OPERATION_BLOCKED`
   */
  enter(): void | Promise<void> {
    if (this.#refused !== undefined) throw this.#refused;
    if (this.#entered !== undefined) return;
    return this.#entering ?? this.#begin();
  }

  /**
   * Asked once the operation is known: its units are spent, and from then on it leaves an event.
   *
   * @throws TributaryError, or rejects with it: as `enter`, `QUOTA_EXCEEDED`, `QUOTA_UNAVAILABLE`, and `OVERLOADED` where usage cannot
   * be written down
   */
  gate(asked: AskedOperation): void | Promise<void> {
    const entering = this.enter();
    return entering === undefined ? this.#spend(asked) : entering.then(() => this.#spend(asked));
  }

  /**
   * The request is over: its event is written down, before a byte of its answer is sent. In strict mode the answer waits
   * for the promise.
   */
  end(report: RunReport, bytes: number, left: boolean, outside: OverOutside): void | Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#entered?.leave();
    const { usage, observe } = this.#metering;
    if (observe !== undefined) {
      const { isIdentified, credentials, headers, variables } = outside;
      const { caller } = this.#run;
      observe({ caller, isIdentified, credentials, headers, report, asked: this.#asked, variables, bytes });
    }
    const { caller } = this.#run;
    if (this.#asked !== undefined) return usage.record(this.#used(this.#asked, report, bytes, left));
    const [code] = report.codes;
    if (code !== undefined && !left && caller.isAuthenticated === true) usage.refused(whoIs(caller), code);
  }

  #begin(): void | Promise<void> {
    const { limits, switches } = this.#metering;
    const { caller, address = '' } = this.#run;
    const blocked = switches?.refusesCaller(caller);
    if (blocked !== undefined) this.#refuse(blocked);
    const entered = limits.enter(caller, address);
    if (!(entered instanceof Promise)) return this.#letIn(entered);
    this.#entering = entered.then((known) => this.#letIn(known));
    this.#entering.catch(() => {});
    return this.#entering;
  }

  #letIn(entered: Entered): void {
    this.headers = entered.headers;
    if (entered.refused !== undefined) this.#refuse(entered.refused);
    this.#entered = entered;
    // Its client has left meanwhile.
    if (this.#isOver) entered.leave();
  }

  #refuse(error: TributaryError): never {
    this.#refused = error;
    throw error;
  }

  #spend(asked: AskedOperation): void | Promise<void> {
    const { limits, usage, switches } = this.#metering;
    const blocked = switches?.refusesOperation(asked);
    if (blocked !== undefined) throw blocked;
    const max = this.#metering.maxCostOf?.(this.#run.caller);
    if (max !== undefined && asked.cost > max) throw tooExpensive(asked.cost, max);
    usage.check();
    const spent = limits.spend(this.#run.caller, asked.cost);
    if (spent instanceof Promise)
      return spent.then(() => {
        this.#asked = asked;
      });
    this.#asked = asked;
  }

  #used(asked: AskedOperation, report: RunReport, bytes: number, left: boolean): Used {
    const { requestId, telemetry, caller } = this.#run;
    return {
      request: requestId,
      key: caller.key ?? '',
      app: caller.app ?? '',
      caller: caller.id,
      audience: caller.audience,
      operation: asked.hash,
      name: asked.name,
      kind: asked.kind,
      outcome: outcomeOf(report, left),
      code: left ? ('CLIENT_CLOSED' satisfies ErrorCode) : report.codes[0],
      fields: report.failedFields ?? noFields,
      units: report.actualCost ?? asked.cost,
      bytes,
      micros: Math.round((performance.now() - this.#begunAt) * 1_000),
      upstream: upstreamOf(telemetry.operations),
      count: 1,
    };
  }
}

function whoIs({ key = '', app = '', id, audience }: Caller) {
  return { key, app, caller: id, audience };
}

function outcomeOf({ codes, hasData }: RunReport, left: boolean): UsageOutcome {
  if (left) return 'aborted';
  if (codes.length === 0) return 'ok';
  return hasData === true ? 'partial' : 'error';
}

/** Requests to backends, by datasource: `fleet.driver` is an operation of `fleet`. */
function upstreamOf(operations: HttpRun['telemetry']['operations']): Readonly<Record<string, number>> {
  if (operations.size === 0) return noCalls;
  const calls: Record<string, number> = {};
  for (const [operation, { wireRequests }] of operations) {
    if (wireRequests === 0) continue;
    const datasource = operation.slice(0, operation.indexOf('.'));
    calls[datasource] = (calls[datasource] ?? 0) + wireRequests;
  }
  return calls;
}

function tooExpensive(cost: number, max: number): TributaryError {
  return new TributaryError(
    'COST_ESTIMATED_TOO_EXPENSIVE',
    `The operation may cost ${cost} units; the plan allows ${max}.`,
    { shown: { cost, max } },
  );
}
