/**
 * The `posts` + `users` workload of tailcallhq/graphql-benchmarks over REST, Tributary with its cache off against the
 * server most would write. One core a server, 50 connections; the two in turn, medians of the rounds.
 */
import { startProcess } from './support/child.ts';
import { load, median } from './support/load.ts';

const query = '{ posts { userId title user { id name email } } }';
const connections = 50;
const rounds = Number(process.argv[2] ?? 5);
const durationMs = 4_000;
const [serverCore, loadCore] = [0, 1];

const upstream = await startProcess(['dist/bench/bench/composite/upstream.js'], { core: loadCore });
const env = { UPSTREAM_URL: upstream.url, PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'warn' };
const servers = {
  tributary: await startProcess(['dist/cli/main.js', 'start', 'bench/composite/project'], {
    core: serverCore,
    env,
  }),
  usual: await startProcess(['dist/bench/bench/composite/usual-server.js'], { core: serverCore, env }),
};
const endpoints = { tributary: `${servers.tributary.url}/graphql`, usual: `${servers.usual.url}/` };
type Name = keyof typeof servers;
const names: readonly Name[] = ['tributary', 'usual'];
const measured: Record<Name, { perSecond: number; cpuMs: number; p99Ms: number; upstream: number }[]> = {
  tributary: [],
  usual: [],
};

for (const name of names) await load(endpoints[name], query, { connections, durationMs: 2_000 });
for (let round = 0; round < rounds; round++) {
  for (const name of names) measured[name].push(await measure(name));
}
for (const name of names) {
  const { perSecond, cpuMs, p99Ms, upstream: calls } = medians(name);
  console.log(
    `${name.padEnd(10)} ${perSecond.toFixed(0).padStart(6)} requests/s  ${cpuMs.toFixed(3)} ms CPU/request  p99 ${p99Ms.toFixed(1)} ms  ${calls.toFixed(2)} upstream calls/request`,
  );
}
await Promise.all([servers.tributary.stop(), servers.usual.stop(), upstream.stop()]);
const [ours, usual] = [medians('tributary'), medians('usual')];
console.log(
  JSON.stringify({
    ratioToUsual: rounded(ours.perSecond / usual.perSecond),
    upstreamPerRequest: rounded(ours.upstream),
    perSecond: rounded(ours.perSecond),
    usualPerSecond: rounded(usual.perSecond),
    cpuMsPerRequest: rounded(ours.cpuMs),
    usualCpuMsPerRequest: rounded(usual.cpuMs),
    p99Ms: rounded(ours.p99Ms),
    usualP99Ms: rounded(usual.p99Ms),
  }),
);

async function measure(name: Name) {
  const [cpuBefore, callsBefore] = [servers[name].cpuMs(), await upstreamCalls()];
  const { requests, perSecond, p99Ms } = await load(endpoints[name], query, { connections, durationMs });
  return {
    perSecond,
    p99Ms,
    cpuMs: (servers[name].cpuMs() - cpuBefore) / requests,
    upstream: ((await upstreamCalls()) - callsBefore) / requests,
  };
}

async function upstreamCalls(): Promise<number> {
  return ((await (await fetch(`${upstream.url}/calls`)).json()) as { total: number }).total;
}

function medians(name: Name) {
  const of = (figure: keyof (typeof measured)[Name][number]) =>
    median(measured[name].map((round) => round[figure]));
  return { perSecond: of('perSecond'), cpuMs: of('cpuMs'), p99Ms: of('p99Ms'), upstream: of('upstream') };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
