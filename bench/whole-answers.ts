/**
 * What a whole answer from the process costs, socket to socket: CPU of the server per request, the kernel's share
 * included, beside a bare Node server that reads as much and answers as much.
 */
import { fileURLToPath } from 'node:url';
import { type MeasuredProcess, startProcess } from './support/child.ts';
import { load, lowerQuartile } from './support/load.ts';

const query = '{ articles { id title price } }';
const serverCore = 0;

export interface WholeAnswerFigures {
  /** CPU per request, in microseconds, everything but the log of requests. */
  readonly wholeAnswerMicros: number;
  /** The same with the record that the log has of each request by default. */
  readonly withLogMicros: number;
  /** Of a Node server that does nothing else. */
  readonly bareNodeMicros: number;
}

/** Measures in short rounds, the servers in turn, and takes lower quartiles: the machine may be shared. */
export async function measureWholeAnswers({
  rounds = 12,
  durationMs = 800,
  connections = 50,
} = {}): Promise<WholeAnswerFigures> {
  const project = ['dist/cli/main.js', 'start', 'bench/whole-answers/project'];
  const env = { PORT: '0', ADMIN_PORT: '0', REDIS_URL: '' };
  const servers = {
    quiet: await startProcess(project, { core: serverCore, env: { ...env, LOG_LEVEL: 'warn' } }),
    logging: await startProcess(project, { core: serverCore, env: { ...env, LOG_LEVEL: 'info' } }),
    bare: await startProcess(['dist/bench/bench/whole-answers/bare-server.js'], { core: serverCore }),
  };
  const names = ['quiet', 'logging', 'bare'] as const;
  const micros: Record<(typeof names)[number], number[]> = { quiet: [], logging: [], bare: [] };
  try {
    for (const name of names) await cpuMicros(servers[name], durationMs, connections);
    for (let round = 0; round < rounds; round++)
      for (const name of names) micros[name].push(await cpuMicros(servers[name], durationMs, connections));
  } finally {
    await Promise.all(names.map((name) => servers[name].stop()));
  }
  return {
    wholeAnswerMicros: rounded(lowerQuartile(micros.quiet)),
    withLogMicros: rounded(lowerQuartile(micros.logging)),
    bareNodeMicros: rounded(lowerQuartile(micros.bare)),
  };
}

async function cpuMicros(server: MeasuredProcess, durationMs: number, connections: number): Promise<number> {
  const before = server.cpuMs();
  const { requests } = await load(`${server.url}/graphql`, query, { connections, durationMs });
  return ((server.cpuMs() - before) * 1_000) / requests;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const figures = await measureWholeAnswers({ rounds: Number(process.argv[2] ?? 12) });
  console.log(`whole answer          ${figures.wholeAnswerMicros} µs of CPU a request`);
  console.log(`with the request log  ${figures.withLogMicros} µs`);
  console.log(`bare Node server      ${figures.bareNodeMicros} µs`);
  console.log(JSON.stringify(figures));
}
