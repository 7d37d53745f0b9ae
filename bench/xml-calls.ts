/**
 * Whole SOAP calls over loopback by the CPU time that they take: ours as the graph makes them, through the datasource and
 * the shared HTTP client, against the `soap` package's. Medians, the contenders in turn.
 */
import { createClientAsync } from 'soap';
import { startProcess } from './support/child.ts';
import { openWholeCalls } from './xml/whole-call.ts';

const ROUNDS = 9;
/** The first rounds warm up. */
const WARM_UP = 2;

const service = await startProcess(['dist/bench/bench/xml/server.js'], { core: 1 });
const callSmall = await ratioOf(1, 500);
const call200 = await ratioOf(200, 150);
await service.stop();
console.log(JSON.stringify({ callSmall, call200 }));

/** Our CPU time for an answer of so many records over theirs. */
async function ratioOf(records: number, calls: number): Promise<number> {
  const address = `${service.url}/${records}`;
  const ours = await openWholeCalls(address);
  const theirs = await createClientAsync(`${service.url}/?wsdl`, {}, address);
  const samples = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    samples.ours.push(await cpuOf(() => ours.call(records), calls));
    samples.theirs.push(
      await cpuOf(() => theirs.ListTripsAsync({ first: records }) as Promise<unknown>, calls),
    );
  }
  await ours.close();
  const [oursUs, theirsUs] = [median(samples.ours), median(samples.theirs)];
  console.log(`${records} records: ours ${oursUs.toFixed(0)} µs CPU a call, soap ${theirsUs.toFixed(0)} µs`);
  return Math.round((oursUs / theirsUs) * 1_000) / 1_000;
}

/** Microseconds of CPU a call. */
async function cpuOf(call: () => Promise<unknown>, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  const counted = values.slice(WARM_UP).sort((a, b) => a - b);
  return counted[counted.length >> 1] as number;
}
