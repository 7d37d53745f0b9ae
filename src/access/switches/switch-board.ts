import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { DatasourceMode, Switch, SwitchTarget } from './switch.ts';

/** An operation, as far as switches look at it. */
export interface SwitchableOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** SHA-256 of the document, in hexadecimal digits. */
  readonly hash: string;
  readonly coordinates: ReadonlySet<string>;
}

/** The first characters of a hash name an operation, as the log does. */
const shortHash = 12;

/** Everything that is switched off, as one replica knows it: asked on every request, so answered from memory. */
export class SwitchBoard {
  readonly #clock: Clock;
  #switches: readonly Switch[] = [];
  #byTarget = new Map<SwitchTarget, Map<string, Switch>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is switched off now. */
  get switches(): readonly Switch[] {
    return this.#switches.filter((each) => this.#isOn(each));
  }

  /** Takes the place of everything known before. */
  replace(switches: readonly Switch[]): void {
    this.#switches = switches;
    this.#byTarget = new Map();
    for (const each of switches) {
      const named = this.#byTarget.get(each.target) ?? new Map<string, Switch>();
      this.#byTarget.set(each.target, named.set(each.name, each));
    }
  }

  /** Why a caller is refused altogether; `undefined` where nothing is switched off. */
  refusesCaller(caller: Caller): TributaryError | undefined {
    return this.refusesCredentials(caller) ?? this.#blocked(this.#find('audience', caller.audience));
  }

  /** As `refusesCaller`, by the key and the app alone: whoever switches an audience off must be able to switch it on. */
  refusesCredentials({ key, app }: Pick<Caller, 'key' | 'app'>): TributaryError | undefined {
    return this.#blocked(this.#find('key', key) ?? this.#find('app', app));
  }

  /** Why an operation is refused; `undefined` where nothing of it is switched off. */
  refusesOperation({ kind, hash, coordinates }: SwitchableOperation): TributaryError | undefined {
    if (this.#switches.length === 0) return undefined;
    const byHash = this.#find('operation', hash) ?? this.#find('operation', hash.slice(0, shortHash));
    if (byHash !== undefined) return new TributaryError('OPERATION_BLOCKED', undefined, this.#until(byHash));
    const writes = kind === 'mutation' ? this.#find('writes', '*') : undefined;
    if (writes !== undefined)
      return new TributaryError(
        'OPERATION_BLOCKED',
        'Nothing can be changed at present.',
        this.#until(writes),
      );
    for (const [coordinate, each] of this.#byTarget.get('field') ?? []) {
      if (coordinates.has(coordinate) && this.#isOn(each))
        return new TributaryError(
          'OPERATION_BLOCKED',
          `The field \`${coordinate}\` is switched off.`,
          this.#until(each),
        );
    }
    return undefined;
  }

  /** What becomes of calls to a datasource; `undefined` where it is not switched off. */
  datasource(name: string): DatasourceMode | undefined {
    if (this.#switches.length === 0) return undefined;
    const found = this.#find('datasource', name);
    return found && (found.mode ?? 'fail-fast');
  }

  /** Whether some datasource may not be answered from what is kept: then no whole answer may be given. */
  get forbidsKeptAnswers(): boolean {
    if (this.#switches.length === 0) return false;
    for (const each of this.#byTarget.get('datasource')?.values() ?? [])
      if (each.mode !== 'serve-stale' && this.#isOn(each)) return true;
    return false;
  }

  #blocked(found: Switch | undefined): TributaryError | undefined {
    return found && new TributaryError('OPERATION_BLOCKED', 'Access is switched off.', this.#until(found));
  }

  #find(target: SwitchTarget, name: string | undefined): Switch | undefined {
    if (this.#switches.length === 0) return undefined;
    const found = name === undefined ? undefined : this.#byTarget.get(target)?.get(name);
    return found !== undefined && this.#isOn(found) ? found : undefined;
  }

  #isOn({ expiresAt }: Switch): boolean {
    return expiresAt === undefined || expiresAt > this.#clock.now();
  }

  #until({ expiresAt }: Switch): { retryAfterMs?: number } {
    return expiresAt === undefined ? {} : { retryAfterMs: Math.max(0, expiresAt - this.#clock.now()) };
  }
}
