import { describe, expect, it } from 'vitest';
import type { Switch } from '../../../src/access/switches/switch.ts';
import { SwitchBoard } from '../../../src/access/switches/switch-board.ts';
import type { Caller } from '../../../src/caller.ts';

const partner: Caller = { id: 'app:a1', audience: 'PARTNER', tenant: 't1', app: 'a1', key: 'key000000001' };
const query = {
  kind: 'query',
  hash: '0123456789abcdef'.repeat(4),
  coordinates: new Set(['Query.ride', 'Ride.fare']),
} as const;

function boardWith(switches: readonly Partial<Switch>[], now = 1_000) {
  const clock = { time: now, now: () => clock.time };
  const board = new SwitchBoard(clock);
  board.replace(
    switches.map((each, index) => ({
      id: `s${index}`,
      target: 'key',
      name: '*',
      mode: undefined,
      reason: 'a drill',
      actor: 'ops',
      setAt: 0,
      expiresAt: undefined,
      ...each,
    })),
  );
  return { board, clock };
}

describe('O06: a switch', () => {
  it('of a key, an app or an audience refuses its callers and nobody else', () => {
    for (const off of [
      { target: 'key', name: 'key000000001' },
      { target: 'app', name: 'a1' },
      { target: 'audience', name: 'PARTNER' },
    ] as const) {
      const { board } = boardWith([off]);
      expect(board.refusesCaller(partner)).toMatchObject({ code: 'OPERATION_BLOCKED' });
      expect(
        board.refusesCaller({ ...partner, key: 'key000000002', app: 'a2', audience: 'OPEN' }),
      ).toBeUndefined();
    }
  });

  it('of an operation refuses it by its hash, whole or as the log has it', () => {
    for (const name of [query.hash, query.hash.slice(0, 12)]) {
      const { board } = boardWith([{ target: 'operation', name }]);
      expect(board.refusesOperation(query)?.code).toBe('OPERATION_BLOCKED');
      expect(board.refusesOperation({ ...query, hash: 'f'.repeat(64) })).toBeUndefined();
    }
  });

  it('of a field refuses the operations that select it, and names it', () => {
    const { board } = boardWith([{ target: 'field', name: 'Ride.fare' }]);
    expect(board.refusesOperation(query)?.message).toContain('`Ride.fare`');
    expect(board.refusesOperation({ ...query, coordinates: new Set(['Query.ride']) })).toBeUndefined();
  });

  it('of all writes refuses mutations alone', () => {
    const { board } = boardWith([{ target: 'writes', name: '*' }]);
    expect(board.refusesOperation(query)).toBeUndefined();
    expect(board.refusesOperation({ ...query, kind: 'mutation' })?.code).toBe('OPERATION_BLOCKED');
  });

  it('of a datasource says what becomes of its calls, and of what is kept', () => {
    const { board } = boardWith([
      { target: 'datasource', name: 'fleet', mode: 'serve-stale' },
      { target: 'datasource', name: 'tariffs', mode: 'fail-fast' },
    ]);
    expect([board.datasource('fleet'), board.datasource('tariffs'), board.datasource('rides')]).toEqual([
      'serve-stale',
      'fail-fast',
      undefined,
    ]);
    expect(board.forbidsKeptAnswers).toBe(true);
    expect(
      boardWith([{ target: 'datasource', name: 'fleet', mode: 'serve-stale' }]).board.forbidsKeptAnswers,
    ).toBe(false);
  });

  it('ends by itself, and tells until when', () => {
    const { board, clock } = boardWith([{ target: 'app', name: 'a1', expiresAt: 5_000 }]);
    expect(board.refusesCaller(partner)?.retryAfterMs).toBe(4_000);
    expect(board.switches).toHaveLength(1);
    clock.time = 5_000;
    expect(board.refusesCaller(partner)).toBeUndefined();
    expect(board.switches).toEqual([]);
  });

  it('is gone once the board is replaced', () => {
    const { board } = boardWith([{ target: 'app', name: 'a1' }]);
    board.replace([]);
    expect(board.refusesCaller(partner)).toBeUndefined();
  });
});
