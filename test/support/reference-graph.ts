import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The flagship query: five backends in one call. */
export const board = `query Board {
  rides(first: 100) {
    nodes {
      id status requestedAt minutesAway
      pickup { latitude longitude }
      driver { name rating vehicle { make model plate } position { latitude longitude } }
      fare { total currency }
      weather { summary temperatureCelsius }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export interface BoardRide {
  readonly id: string;
  readonly status: string;
  readonly requestedAt: string;
  readonly minutesAway: number | null;
  readonly pickup: { readonly latitude: number; readonly longitude: number };
  readonly driver: {
    readonly name: string;
    readonly rating: string;
    readonly vehicle: { readonly make: string; readonly model: string; readonly plate: string } | null;
    readonly position: { readonly latitude: number; readonly longitude: number } | null;
  } | null;
  readonly fare: { readonly total: string; readonly currency: string } | null;
  readonly weather: { readonly summary: string; readonly temperatureCelsius: number } | null;
  /** Where it was asked for. */
  readonly payment?: { readonly status: string } | null;
  readonly rider?: { readonly name: string; readonly churnRisk: number | null } | null;
}

export interface BoardAnswer {
  readonly data: {
    readonly rides: {
      readonly nodes: readonly BoardRide[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    } | null;
  };
  readonly errors?: readonly {
    readonly message: string;
    readonly path: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly requestId: string; readonly service?: string };
  }[];
}

/** A process of ours, and the lines it has printed. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Resolves with the first line, printed already or later, that matches. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Sends a signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What is left of a test that failed half way ends with the test's own process. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts `node` with the arguments, at the root of the repository. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProcess {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const printed = [child.stdout, child.stderr].map((input) => {
    const reader = createInterface({ input }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
    return once(reader, 'close');
  });
  const ended = once(child, 'exit').then(async ([code]) => {
    children.delete(child);
    // Its last lines are still in the pipes when it exits; a child of its own that lives on would keep them open.
    await Promise.race([Promise.all(printed), setTimeout(1_000, undefined, { ref: false })]);
    return code as number | null;
  });
  return {
    child,
    lines,
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          for (const line of lines) {
            const match = pattern.exec(line);
            if (!match) continue;
            waiting.delete(look);
            resolve(match);
            return;
          }
        };
        waiting.add(look);
        look();
        void ended.then((code) =>
          reject(new Error(`Ended with ${code} before ${pattern}:\n${lines.join('\n')}`)),
        );
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

export interface Backend {
  readonly process: RunningProcess;
  readonly url: string;
  readonly port: number;
}

export type BackendName = 'rides' | 'tariffs' | 'dispatch' | 'weather' | 'payments' | 'insights' | 'partners';
export const backendNames: readonly BackendName[] = [
  'rides',
  'tariffs',
  'dispatch',
  'weather',
  'payments',
  'insights',
  'partners',
];

const paths: Readonly<Record<BackendName, string>> = {
  rides: '',
  tariffs: '/tariffs',
  dispatch: '/RPC2',
  weather: '',
  payments: '',
  insights: '',
  partners: '',
};

/** Starts one backend in a process of its own. */
export async function startBackend(name: BackendName, port = 0): Promise<Backend> {
  const running = startNode([`dist/backends/${name}/main.js`, '--port', String(port)]);
  const [, url] = await running.line(/listening on (http:\/\/[\d.:]+)/);
  return { process: running, url: url as string, port: Number(new URL(url as string).port) };
}

/** Fills a fleet database of the test's own. */
export async function seedFleet(variables: NodeJS.ProcessEnv): Promise<void> {
  const seeder = startNode(['dist/backends/fleet/main.js'], variables);
  const code = await seeder.ended;
  if (code !== 0) throw new Error(seeder.lines.join('\n'));
}

export type Backends = Record<BackendName, Backend>;

export async function startBackends(): Promise<Backends> {
  const started = await Promise.all(
    backendNames.map(async (name) => [name, await startBackend(name)] as const),
  );
  return Object.fromEntries(started) as Backends;
}

/** The variables that lead the graph to these backends. */
export function variablesOf(backends: Backends): Record<string, string> {
  return Object.fromEntries(
    backendNames.map((name) => [`${name.toUpperCase()}_URL`, backends[name].url + paths[name]]),
  );
}

export interface Graph {
  readonly process: RunningProcess;
  readonly url: string;
  readonly adminUrl: string;
  ask<T = BoardAnswer>(query: string, variables?: object): Promise<T>;
}

/** Starts the server of the reference graph, its caches empty. */
export async function startGraph(env: NodeJS.ProcessEnv): Promise<Graph> {
  const running = startNode(['dist/cli/main.js', 'start', '.'], {
    PORT: '0',
    ADMIN_PORT: '0',
    REDIS_URL: '',
    ...env,
  });
  const [, url] = await running.line(/ready.*?(http:\/\/\S+)/i);
  const [, adminUrl] = await running.line(/metrics.*?(http:\/\/[\d.:]+)/i);
  return {
    process: running,
    url: url as string,
    adminUrl: adminUrl as string,
    ask: (query, variables) => ask(url as string, query, variables),
  };
}

export async function ask<T>(url: string, query: string, variables?: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as T;
}

/** How often each backend was asked since the last reset, health checks not counted. */
export async function callsOf(backends: Backends): Promise<Record<BackendName, number>> {
  const counts = backendNames.map(async (name) => {
    const { total } = (await (await fetch(`${backends[name].url}/calls`)).json()) as { total: number };
    return [name, total] as const;
  });
  return Object.fromEntries(await Promise.all(counts)) as Record<BackendName, number>;
}

export async function resetCalls(backends: Backends): Promise<void> {
  await Promise.all(
    backendNames.map((name) => fetch(`${backends[name].url}/calls/reset`, { method: 'POST' })),
  );
}
