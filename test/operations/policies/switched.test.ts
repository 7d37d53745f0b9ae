import { describe, expect, it } from 'vitest';
import { Background } from '../../../src/operations/background.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import { compose, pipelineOf } from '../../../src/operations/pipeline.ts';
import { type SwitchedOff, switchedPolicy } from '../../../src/operations/policies/switched.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { clockAt, contextOf, operationOf, recordingCall } from '../../support/operations.ts';

describePolicy('switched', () => switchedPolicy(() => undefined, ['fail-fast']));

/** A cached operation behind the whole pipeline, whose datasource can be switched off. */
function shopBehindSwitch(kind: 'read' | 'write' = 'read') {
  const clock = clockAt(1_000_000);
  const state: { way: SwitchedOff | undefined } = { way: undefined };
  const pipeline = pipelineOf({
    cache: processCache({ maxEntries: 100, maxBytes: 1_000_000, clock }),
    clock,
    log: noLog,
    background: new Background(),
    switchedOff: (name) => (name === 'shop' ? state.way : undefined),
  });
  const backend = recordingCall((input: number) => ({ price: String(input) }));
  const operation = operationOf(
    kind === 'write' ? { kind } : { scope: 'public', cache: { ttlMs: 1_000, staleIfErrorMs: 60_000 } },
  );
  const call = compose(kind === 'read' ? pipeline.reads : pipeline.writes, backend.call, operation);
  return { clock, state, asked: backend.asked, ask: (...inputs: number[]) => call(inputs, contextOf()) };
}

describe('O06: a datasource that is switched off', () => {
  it('with `serve-stale` still gives what is kept, fresh or stale, and is not asked', async () => {
    const { clock, state, asked, ask } = shopBehindSwitch();
    await ask(1);
    state.way = 'serve-stale';
    expect(await ask(1)).toEqual([{ price: '1' }]);
    clock.time += 5_000;
    expect(await ask(1, 2)).toMatchObject([
      { price: '1' },
      { code: 'UPSTREAM_UNAVAILABLE', service: 'shop' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('with `fail-fast` gives nothing that is kept either', async () => {
    const { state, asked, ask } = shopBehindSwitch();
    await ask(1);
    state.way = 'fail-fast';
    expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(asked).toHaveLength(1);
  });

  it('is asked again as soon as it is switched on', async () => {
    const { state, asked, ask } = shopBehindSwitch();
    state.way = 'fail-fast';
    await ask(1);
    state.way = undefined;
    expect(await ask(1)).toEqual([{ price: '1' }]);
    expect(asked).toHaveLength(1);
  });

  it('takes no writes either way', async () => {
    for (const way of ['serve-stale', 'fail-fast'] as const) {
      const { state, asked, ask } = shopBehindSwitch('write');
      state.way = way;
      expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
      expect(asked).toEqual([]);
    }
  });
});
