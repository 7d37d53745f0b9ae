import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Actor } from '../actor.ts';
import { checkedText } from '../inputs.ts';
import type { Changes } from '../state/changes.ts';
import type { Database, SqlValue } from '../state/database.ts';
import type { Writer } from '../writer.ts';
import { type DatasourceMode, type Switch, type SwitchTarget, switchTargets } from './switch.ts';
import { SwitchBoard } from './switch-board.ts';
import { checkedSwitchName, proveSwitchable } from './switch-name.ts';

/** What is asked to be switched off. */
export interface NewSwitch {
  readonly target: SwitchTarget;
  /** Ignored for `writes`. */
  readonly name: string;
  readonly mode?: DatasourceMode | undefined;
  /** Why, for those who find it later. */
  readonly reason: string;
  /** For how long; without it until somebody ends it. */
  readonly forMs?: number | undefined;
}

/** Kill switches: kept in the state database, known to every replica within a second, told to the audit log. */
export interface Switches {
  /** What this replica knows, for the way of a request. */
  readonly board: SwitchBoard;
  /**
   * Switches something off. What is off already gets the new reason, mode and time.
   *
   * @throws TributaryError, by rejecting: `BAD_USER_INPUT` where the name cannot be one of the target's, `NOT_FOUND` where there is no
   * such key or app
   */
  set(asked: NewSwitch, actor: Actor): Promise<Switch>;
  /** Switches it on again. Rejects with `NOT_FOUND` where it is not off. */
  end(id: string, actor: Actor): Promise<Switch>;
  /** What is off now, the newest first. */
  list(): Promise<readonly Switch[]>;
}

export interface SwitchesOptions {
  readonly database: Database;
  readonly changes: Changes;
  readonly writer: Writer;
  readonly clock: Clock;
}

/** Switches of one replica; follows the feed from here on. */
export async function openSwitches(options: SwitchesOptions): Promise<Switches> {
  const { database, changes, clock } = options;
  const board = new SwitchBoard(clock);
  const list = () => activeSwitches(database, clock.now());
  const load = async (): Promise<void> => board.replace(await list());
  await changes.follow({ kinds: ['switch'], changed: load, resync: load });
  return {
    board,
    list,
    set: (asked, actor) => set(options, asked, actor),
    end: (id, actor) => end(options, id, actor),
  };
}

async function set({ writer, clock }: SwitchesOptions, asked: NewSwitch, actor: Actor): Promise<Switch> {
  const setAt = Math.floor(clock.now());
  const name = checkedSwitchName(asked.target, asked.name);
  const id = `${asked.target}:${name}`;
  const made: Switch = {
    id,
    target: asked.target,
    name,
    mode: asked.target === 'datasource' ? (asked.mode ?? 'fail-fast') : undefined,
    reason: checkedText('A reason', asked.reason, 500),
    actor: actor.id,
    setAt,
    expiresAt: asked.forMs === undefined ? undefined : setAt + asked.forMs,
  };
  return await writer.write({ actor, action: 'switch.set', target: id }, async (step) => {
    await proveSwitchable(step.database, asked.target, name);
    await step.database.run('DELETE FROM switches WHERE id = ?', [id]);
    await step.database.run(
      'INSERT INTO switches (id, target, name, mode, reason, actor, set_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      valuesOf(made),
    );
    await step.publish('switch', id);
    return { result: made, after: made };
  });
}

async function end({ writer, clock }: SwitchesOptions, asked: string, actor: Actor): Promise<Switch> {
  const id = sameId(asked);
  return await writer.write({ actor, action: 'switch.end', target: id }, async (step) => {
    const found = (await activeSwitches(step.database, clock.now())).find((each) => each.id === id);
    if (found === undefined) throw new TributaryError('NOT_FOUND', 'Nothing of that name is switched off.');
    await step.database.run('DELETE FROM switches WHERE id = ?', [id]);
    await step.publish('switch', id);
    return { result: found, before: found };
  });
}

/** The id with its name as it is kept: `audience:open` is `audience:OPEN`. */
function sameId(id: string): string {
  const [word = '', ...name] = id.split(':');
  const target = switchTargets.find((each) => each === word);
  return target === undefined ? id : `${target}:${checkedSwitchName(target, name.join(':'))}`;
}

type SwitchRow = {
  readonly id: string;
  readonly target: string;
  readonly name: string;
  readonly mode: string | null;
  readonly reason: string;
  readonly actor: string;
  readonly set_at: number;
  readonly expires_at: number | null;
};

async function activeSwitches(database: Database, now: number): Promise<readonly Switch[]> {
  const rows = await database.all<SwitchRow>(
    'SELECT id, target, name, mode, reason, actor, set_at, expires_at FROM switches WHERE expires_at IS NULL OR expires_at > ? ORDER BY set_at DESC, id',
    [Math.floor(now)],
  );
  return rows.map((row) => ({
    id: row.id,
    target: row.target as SwitchTarget,
    name: row.name,
    mode: (row.mode ?? undefined) as DatasourceMode | undefined,
    reason: row.reason,
    actor: row.actor,
    setAt: row.set_at,
    expiresAt: row.expires_at ?? undefined,
  }));
}

function valuesOf({ id, target, name, mode, reason, actor, setAt, expiresAt }: Switch): readonly SqlValue[] {
  return [id, target, name, mode ?? null, reason, actor, setAt, expiresAt ?? null];
}
