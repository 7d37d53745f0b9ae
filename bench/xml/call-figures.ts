import { createClientAsync } from 'soap';
import { startProcess } from '../support/child.ts';
import { openWholeCalls } from './whole-call.ts';

/** Calls under way at a time: a server that serves many people has about so many, and so has a list without a bulk operation. */
const IN_FLIGHT = 16;
const ROUNDS = 40;
/** The first rounds warm up: compilers work for seconds, and their work counts as CPU time. */
const WARM_UP = 10;
/** Calls of a round, ours and theirs: about as long for both, and short, so that what else the machine does slows both. */
const CALLS = { small: { ours: 800, theirs: 240 }, large: { ours: 100, theirs: 20 } };

/** Our CPU time over the `soap` package's, for answers of one record and of 200. */
export interface CallFigures {
  /** With 16 calls under way, as in a server. */
  readonly callSmall: number;
  readonly call200: number;
  /** With one call after the other: what a turn of the event loop and its sleep cost is in both. */
  readonly callSmallAlone: number;
  readonly call200Alone: number;
}

/**
 * Whole SOAP calls over loopback, ours as the graph makes them, through the datasource and the shared HTTP client, against
 * the `soap` package's. What counts is the CPU time of this process: the service runs in another. The contenders take turns,
 * both with the same number of calls under way; a figure is the median of the rounds' ratios.
 */
export async function callFigures(): Promise<CallFigures> {
  const service = await startProcess(['dist/bench/bench/xml/server.js'], { core: 1 });
  try {
    const small = await openContenders(service.url, 1);
    const large = await openContenders(service.url, 200);
    const figures = {
      callSmall: await ratioOf('callSmall', small, CALLS.small, IN_FLIGHT),
      call200: await ratioOf('call200', large, CALLS.large, IN_FLIGHT),
      callSmallAlone: await ratioOf('callSmallAlone', small, CALLS.small, 1),
      call200Alone: await ratioOf('call200Alone', large, CALLS.large, 1),
    };
    await Promise.all([small.close(), large.close()]);
    return figures;
  } finally {
    await service.stop();
  }
}

interface Contenders {
  ours(): Promise<unknown>;
  theirs(): Promise<unknown>;
  close(): Promise<void>;
}

async function openContenders(url: string, records: number): Promise<Contenders> {
  const address = `${url}/${records}`;
  const ours = await openWholeCalls(address);
  const theirs = await createClientAsync(`${url}/?wsdl`, {}, address);
  return {
    ours: () => ours.call(records),
    theirs: () => theirs.ListTripsAsync({ first: records }) as Promise<unknown>,
    close: () => ours.close(),
  };
}

async function ratioOf(
  name: string,
  { ours, theirs }: Contenders,
  calls: { readonly ours: number; readonly theirs: number },
  inFlight: number,
): Promise<number> {
  const samples = { ours: [] as number[], theirs: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const oursUs = await cpuOf(ours, calls.ours, inFlight);
    const theirsUs = await cpuOf(theirs, calls.theirs, inFlight);
    samples.ours.push(oursUs);
    samples.theirs.push(theirsUs);
    samples.ratio.push(oursUs / theirsUs);
  }
  const [oursUs, theirsUs] = [median(samples.ours), median(samples.theirs)];
  const underWay = inFlight === 1 ? 'one after the other' : `${inFlight} under way`;
  console.log(
    `${name.padEnd(16)} ${underWay}: ours ${oursUs.toFixed(0)} µs CPU, soap ${theirsUs.toFixed(0)} µs CPU`,
  );
  return Math.round(median(samples.ratio) * 1_000) / 1_000;
}

/** Microseconds of CPU a call. */
async function cpuOf(call: () => Promise<unknown>, count: number, inFlight: number): Promise<number> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  const counted = values.slice(WARM_UP).sort((a, b) => a - b);
  return counted[counted.length >> 1] as number;
}
