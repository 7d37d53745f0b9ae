import { expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import type { Cache } from '../../../src/operations/caches/cache.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import type { Call } from '../../../src/operations/call.ts';
import type { Evicts } from '../../../src/operations/operation.ts';
import { Described } from '../../../src/operations/outcome.ts';
import { evictPolicy, WriteCounts } from '../../../src/operations/policies/evict.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf } from '../../support/operations.ts';

const inProcess = processCache({ maxEntries: 10, maxBytes: 1_000, clock: steadyClock });
describePolicy('evict', () => evictPolicy({ cache: inProcess, writes: new WriteCounts(), log: noLog }));

/** A write with the tags it evicted, in order, and what the log was told. */
function writing<I, O>(call: Call<I, O>, evicts: Evicts<I, O>) {
  const [evicted, told]: [string[], string[]] = [[], []];
  const cache: Cache = {
    ...inProcess,
    evict: async (tags) => void evicted.push(...tags),
  };
  const log = { ...noLog, error: (_fields: object, message: string) => void told.push(message) };
  const { spec } = operationOf();
  const operation = operationOf({ kind: 'write', spec: { ...spec, kind: 'write', options: { evicts } } });
  const write = evictPolicy({ cache, writes: new WriteCounts(), log })(call, operation);
  return { write, evicted, told };
}

it('evicts what the input and the output name, each tag once, before the answer is given', async () => {
  const { write, evicted } = writing<number, { rider: string }>(
    async (inputs) => inputs.map(() => new Described({ rider: 'r1' }, {})),
    (input, output) => [`ride:${input}`, `rider:${output?.rider}`],
  );
  const answer = write([1, 2], contextOf()).then(() => [...evicted]);
  expect(await answer).toEqual(['ride:1', 'rider:r1', 'ride:2']);
});

it('evicts after a write that failed as well: it may have been done', async () => {
  const { write, evicted } = writing<number, string>(
    async () => {
      throw new TributaryError('UPSTREAM_TIMEOUT');
    },
    (input, output) => [`ride:${input} ${output}`],
  );
  expect(await write([1], contextOf())).toMatchObject([{ code: 'UPSTREAM_TIMEOUT' }]);
  expect(evicted).toEqual(['ride:1 undefined']);
});

it('keeps the answer of a write whose `evicts` throws, and tells the log', async () => {
  const { write, told } = writing<number, number>(
    async (inputs) => inputs,
    () => {
      throw new Error('a bug');
    },
  );
  expect(await write([7], contextOf())).toEqual([7]);
  expect(told).toEqual(['The function `evicts` of a write threw.']);
});
