/**
 * The cost of the pipeline: of each policy for itself, of all of them over the loader alone, of a batch that is answered
 * from the process and from Redis.
 */
import { spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { Background } from '../src/operations/background.ts';
import { processCache } from '../src/operations/caches/process-cache.ts';
import { sharedCache } from '../src/operations/caches/shared-cache.ts';
import type { Call } from '../src/operations/call.ts';
import { datasourceInfo } from '../src/operations/datasource.ts';
import { openEngine } from '../src/operations/engine.ts';
import { Loader } from '../src/operations/loader.ts';
import type { OpenOperation, Operation } from '../src/operations/operation.ts';
import { compose, type PipelineServices, pipelineOf } from '../src/operations/pipeline.ts';
import { openRedis } from '../src/redis/redis-link.ts';
import { noLog } from '../src/telemetry/log.ts';
import { steadyClock } from '../src/util/clock.ts';
import { context, type Ride, ridesAt, withoutPolicies } from './pipeline/subjects.ts';
import { startProcess } from './support/child.ts';
import { measureWholeAnswers } from './whole-answers.ts';

const policyNames = [
  'trace',
  'deadline',
  'switched',
  'cache',
  'collapse',
  'fill',
  'switched',
  'split',
  'retry',
  'throttle',
  'hedge',
  'open circuit',
  'bulkhead',
  'breaker',
  'timeout',
];
const limits = { maxEntries: 50_000, maxBytes: 134_217_728, clock: steadyClock };

type Input = { readonly id: string };

let batchesMade = 0;
const newBatch = (size: number): readonly Input[] => {
  const batch = batchesMade++;
  return Array.from({ length: size }, (_, index) => ({ id: `${batch}-${index}` }));
};

const over = await overNone(1, 2_500);
const overAt0Ms = await overNone(0, 5_000);
await eachPolicy();
const cachedBatch100Micros = await cachedInProcess();
const redisRoundTripsPer100 = await cachedInRedis();
const { wholeAnswerMicros, bareNodeMicros } = await measureWholeAnswers();
console.log(
  `A whole answer: ${wholeAnswerMicros} µs of CPU, socket to socket; a bare Node server: ${bareNodeMicros} µs`,
);
console.log(
  JSON.stringify({
    allPoliciesOverNone: over.all,
    allPoliciesOverNoneAt0Ms: overAt0Ms.all,
    allPoliciesOverNoneInCpu: over.cpu,
    cachedBatch100Micros: rounded(cachedBatch100Micros),
    redisRoundTripsPer100,
    wholeAnswerMicros,
  }),
);

/** Around a call that answers at once: what is left is the policy's own work. */
async function eachPolicy(): Promise<void> {
  const { reads } = pipelineOf(services());
  if (reads.length !== policyNames.length) throw new Error('The names of the policies are out of date.');
  const { ride } = ridesAt('http://127.0.0.1:1');
  const operation: OpenOperation = { ...ride.info, maxInputs: 100, groupBy: undefined };
  const answerAtOnce: Call<Input, Input> = async (inputs) => inputs;
  const subjects: Record<string, Call<Input, Input>> = { none: answerAtOnce };
  reads.forEach((policy, index) => {
    subjects[policyNames[index] as string] = policy(answerAtOnce, operation);
  });
  const keeping = reads.slice(policyNames.indexOf('cache'), policyNames.indexOf('fill') + 1);
  subjects['c., c., fill'] = compose(keeping, answerAtOnce, operation);
  subjects['all of them'] = reads.reduceRight((next, policy) => policy(next, operation), answerAtOnce);
  const micros = async (call: Call<Input, Input>, size: number): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 300; round++) {
      const inputs = newBatch(size);
      const asked = context();
      const begun = performance.now();
      await call(inputs, asked);
      times.push((performance.now() - begun) * 1_000);
    }
    return quartile(times.slice(100));
  };
  const bare = { one: await micros(answerAtOnce, 1), hundred: await micros(answerAtOnce, 100) };
  console.log('What a policy adds to a call that answers at once, in µs:');
  console.log('              a batch of 1   of 100   each row');
  for (const [name, call] of Object.entries(subjects)) {
    const one = (await micros(call, 1)) - bare.one;
    const hundred = (await micros(call, 100)) - bare.hundred;
    console.log(
      `  ${name.padEnd(12)}${one.toFixed(1).padStart(12)}${hundred.toFixed(1).padStart(9)}${((hundred - one) / 99).toFixed(3).padStart(11)}`,
    );
  }
}

/**
 * Batches of 100 new rides, gathered by the loader: with more and more of the policies, in random order. "None" is the
 * same call through the same loader and transport, to the same backend in a process of its own, without a policy. A
 * backend that takes a millisecond is as fast as any service is; one that has its answer ready takes none, and leaves
 * Node's HTTP client alone to compare with. "All" finds none of the rides, and keeps each. What is left to be done after
 * an answer is done before the next batch begins: it is in no time that anybody waits, and shows in the CPU alone.
 */
async function overNone(takesMs: number, rounds: number): Promise<{ all: number; cpu: number }> {
  const upstream = await startProcess(['dist/bench/bench/pipeline/upstream.js', String(takesMs)], {
    core: 1,
  });
  const rides = ridesAt(upstream.url);
  const engine = await openEngine([rides], { variables: {}, cache: processCache(limits) });
  const none = await withoutPolicies(rides, rides.ride, upstream.url);
  const { reads } = pipelineOf(services());
  const operation: OpenOperation = { ...rides.ride.info, maxInputs: 100, groupBy: undefined };
  const calls = {
    none,
    wire: compose(reads, none, { ...operation, cache: undefined, scope: undefined }),
    shared: compose(reads, none, { ...operation, cache: undefined }),
    all: engine.call(rides.ride),
  };
  type Name = keyof typeof calls;
  const names = Object.keys(calls) as Name[];
  const times: Record<Name, number[]> = { none: [], wire: [], shared: [], all: [] };
  const cpu: Record<Name, number[]> = { none: [], wire: [], shared: [], all: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) {
      times[name].push(await microsToLoad(calls[name], rides.ride));
      await new Promise(setImmediate);
    }
  }
  // Warm: every path is compiled by then.
  const micros = (name: Name): number => quartile(times[name].slice(rounds * 0.4));
  console.log(`A batch of 100 over HTTP, of a backend that takes ${takesMs} ms, in µs:`);
  console.log(`  the loader alone                              ${micros('none').toFixed(0)}`);
  console.log(`  … and the policies of wire requests           ${micros('wire').toFixed(0)}`);
  console.log(`  … and sharing between requests                ${micros('shared').toFixed(0)}`);
  console.log(`  … and a cache that misses, and keeps 100 more ${micros('all').toFixed(0)}`);
  console.log('  and in CPU of all threads, what is done after the answer included:');
  for (let round = 0; round < 60; round++)
    for (const name of shuffled(names)) cpu[name].push(await cpuMicrosToLoad(calls[name], rides.ride));
  console.log(`  ${names.map((name) => `${name} ${quartile(cpu[name]).toFixed(0)}`).join(', ')}`);
  await engine.close();
  await upstream.stop();
  const over = (name: Name): number => rounded(micros(name) / micros('none'));
  console.log(`  over the loader alone: ${over('wire')}, ${over('shared')}, ${over('all')}`);
  return { all: over('all'), cpu: rounded(quartile(cpu.all) / quartile(cpu.none)) };
}

async function microsToLoad(
  call: Call<Input, Ride | null>,
  ride: Operation<Input, Ride | null>,
): Promise<number> {
  const inputs = newBatch(100);
  const begun = performance.now();
  const loader = new Loader({ call: () => call as never }, context());
  const answers = await Promise.all(inputs.map((input) => loader.load(ride, input)));
  const tookMs = performance.now() - begun;
  if (answers.some((answer, index) => answer?.id !== inputs[index]?.id)) throw new Error('A wrong answer.');
  return tookMs * 1_000;
}

/** Of one of twenty batches one after the other: what one leaves to be done is done during the next. */
async function cpuMicrosToLoad(
  call: Call<Input, Ride | null>,
  ride: Operation<Input, Ride | null>,
): Promise<number> {
  const before = process.cpuUsage();
  for (let batch = 0; batch < 20; batch++) await microsToLoad(call, ride);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 20;
}

/** The same 100 rides again and again: from this process. */
async function cachedInProcess(): Promise<number> {
  const cache = processCache(limits);
  const { engine, call, asked } = await engineThatAnswersAtOnce(cache);
  const inputs = newBatch(100);
  await call(inputs, context());
  const times: number[] = [];
  for (let round = 0; round < 5_000; round++) {
    const again = inputs.map((input) => ({ ...input }));
    const asking = context();
    const begun = performance.now();
    await call(again, asking);
    times.push((performance.now() - begun) * 1_000);
  }
  if (asked() !== 1) throw new Error('The cache did not answer.');
  await engine.close();
  const micros = quartile(times.slice(1_000));
  console.log(`A batch of 100 from the process: ${micros.toFixed(1)} µs`);
  return micros;
}

/** 100 rides that another process has kept: what Redis is asked for them, as it counts itself. */
async function cachedInRedis(): Promise<number | null> {
  const redis = await ownRedis();
  if (redis === undefined) {
    console.log('A batch of 100 from Redis: not measured, no redis-server is on the path');
    return null;
  }
  const open = async () => {
    const link = openRedis(redis.url, noLog);
    await link.whenUp(5_000);
    return engineThatAnswersAtOnce(sharedCache(link, limits));
  };
  const inputs = newBatch(100);
  // With the version of each tag, and that of everything. What a busy machine kept from being written is written again.
  for (let isHeld = false; !isHeld; ) {
    const first = await open();
    await first.call(inputs, context());
    isHeld = await redis.holds(201, 1_000);
    await first.engine.close();
  }
  const times: number[] = [];
  const roundTrips: number[] = [];
  // A Redis that a busy machine kept from answering in time is a miss, and no measurement.
  for (let round = 0; round < 100 && roundTrips.length < 50; round++) {
    const other = await open();
    const before = await redis.questions();
    const begun = performance.now();
    await other.call(inputs, context());
    const micros = (performance.now() - begun) * 1_000;
    if (other.asked() === 0) {
      times.push(micros);
      roundTrips.push((await redis.questions()) - before);
    }
    await other.engine.close();
  }
  await redis.stop();
  if (roundTrips.length === 0) throw new Error('Redis never answered in time.');
  const most = Math.max(...roundTrips);
  console.log(
    `A batch of 100 from Redis, cold process: ${quartile(times).toFixed(0)} µs, ${most} round trip(s)`,
  );
  return most;
}

async function engineThatAnswersAtOnce(cache: ReturnType<typeof processCache>) {
  let asked = 0;
  const rides = ridesAt('http://127.0.0.1:1');
  const info = rides[datasourceInfo];
  const local = {
    ...rides,
    [datasourceInfo]: {
      ...info,
      open: () => ({
        prepare: () => ({
          maxInputs: 100,
          call: async (lists: readonly unknown[]) => {
            asked++;
            return lists.map((list) =>
              (list as { ids: readonly string[] }).ids.map((id) => ({ id, status: 'ENROUTE' })),
            );
          },
        }),
      }),
    },
  } as unknown as typeof rides;
  const engine = await openEngine([local], { variables: {}, cache });
  return { engine, call: engine.call(rides.ride), asked: () => asked };
}

async function ownRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  const client = new Redis({ port, retryStrategy: () => 20 });
  client.on('error', () => {});
  return {
    url: `redis://127.0.0.1:${port}`,
    /** How many questions for values the server has been asked so far. */
    async questions(): Promise<number> {
      const text = await client.info('commandstats');
      const counts = [...text.matchAll(/cmdstat_(?:mget|get):calls=(\d+)/g)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    },
    /** Whether it holds so many keys, now or within so many milliseconds. */
    async holds(keys: number, withinMs: number): Promise<boolean> {
      const until = performance.now() + withinMs;
      let held = 0;
      while (held < keys && performance.now() < until) held = await client.dbsize();
      return held >= keys;
    },
    async stop(): Promise<void> {
      client.disconnect();
      await new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGKILL'));
    },
  };
}

function services(): PipelineServices {
  return { cache: processCache(limits), clock: steadyClock, background: new Background(), log: noLog };
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  return values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

/** The lower quartile: the machine may be shared, and what others do to it is not ours to measure. */
function quartile(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
