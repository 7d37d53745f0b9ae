/**
 * Starts the backends of the reference graph, each in a process of its own, and seeds the fleet database: what
 * `npm start` does before it serves the graph.
 */
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const startLimitMs = 20_000;
const stopLimitMs = 5_000;

/**
 * @typedef {{ name: string, pid: number, url: string }} BackendProcess
 * @typedef {object} Launched
 * @property {BackendProcess[]} processes those that were started; `url` is the origin
 * @property {Record<string, string>} urls by variable (`RIDES_URL`, …, `FLEET_DATABASE_URL`): the configured and the started
 * @property {() => Promise<void>} stop ends them all; resolves when they have ended
 */

/** Backends that could not be started; `problems` has a line for each. */
export class LaunchError extends Error {
  /** @param {readonly string[]} problems */
  constructor(problems) {
    super(problems.join('\n'));
    this.name = 'LaunchError';
    this.problems = problems;
  }
}

/**
 * Starts every HTTP backend whose URL the environment does not give, waits until each answers `/health`, and seeds the
 * fleet database where its schema is empty. The backends must have been built (`build({ only: ['backends'] })`). They
 * end with this process, however it ends. One that ends by itself is reported to `log` and not started again; so is a
 * fleet database that cannot be had, which nulls only its own fields.
 *
 * @param {object} [options]
 * @param {Readonly<Record<string, string | undefined>>} [options.env] @default process.env
 * @param {(line: string) => void} [options.log] @default console.log
 * @returns {Promise<Launched>}
 * @throws {LaunchError} with all problems at once; then none of them runs
 */
export async function launchBackends({ env = process.env, log = console.log } = {}) {
  const { httpBackends, fleetBackend, portOf } = await import(compiled('ports.js').href);
  const toStart = httpBackends.filter((/** @type {HttpBackend} */ backend) => !env[backend.urlVariable]);
  try {
    portOf(httpBackends[0].name, env);
  } catch (error) {
    throw new LaunchError([/** @type {Error} */ (error).message]);
  }
  const starts = toStart.map((/** @type {HttpBackend} */ backend) => startProcess(backend.name, env, log));
  const settled = await Promise.allSettled([...starts, seed(env, log)]);
  const problems = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason.message] : []));
  const started = settled
    .slice(0, starts.length)
    .flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(started.map((running) => running.stop()));
  };
  if (problems.length > 0) {
    await stop();
    throw new LaunchError(problems);
  }
  /** @type {Record<string, string>} */
  const urls = {};
  for (const { name, urlVariable, path } of httpBackends) {
    const running = started.find((candidate) => candidate.name === name);
    urls[urlVariable] = running ? `${running.url}${path}` : String(env[urlVariable]);
  }
  urls[fleetBackend.urlVariable] = env[fleetBackend.urlVariable] || fleetBackend.defaultUrl;
  return { processes: started.map(({ name, pid, url }) => ({ name, pid, url })), urls, stop };
}

/** @typedef {{ name: string, urlVariable: string, path: string }} HttpBackend */

/**
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(line: string) => void} log
 * @returns {Promise<BackendProcess & { stop(): Promise<void> }>}
 */
async function startProcess(name, env, log) {
  // The IPC channel closes with this process, even when it is killed: that is how the child learns of it.
  const child = spawn(process.execPath, [fileURLToPath(compiled(`${name}/main.js`))], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const pid = child.pid ?? 0;
  let phase = 'starting';
  /** @type {string[]} */
  const complaints = [];
  createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) }).on('line', log);
  createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stderr) }).on(
    'line',
    (line) => {
      if (phase === 'starting') complaints.push(line);
      else log(line);
    },
  );
  /** @type {Promise<string>} how it ended, in words */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const stop = async () => {
    phase = 'stopping';
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await ended;
    clearTimeout(force);
  };

  const url = await new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`${name} did not start within ${startLimitMs / 1_000} seconds`));
      stop();
    }, startLimitMs);
    child.once('message', (message) => {
      clearTimeout(limit);
      resolve(/** @type {{ listening: string }} */ (message).listening);
    });
    ended.then((how) => {
      clearTimeout(limit);
      reject(new Error(complaints.join('\n') || `${name} ended with ${how} while it started`));
    });
  });
  await isHealthy(url).catch(async (error) => {
    await stop();
    throw new Error(`${name} does not answer ${url}/health: ${error.message}`);
  });
  phase = 'running';
  ended.then((how) => {
    if (phase === 'running') log(`backend ${name} (pid ${pid}) ended with ${how}`);
  });
  return { name, pid, url, stop };
}

/** @param {string} url @returns {Promise<void>} */
function isHealthy(url) {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/health`, { agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`status ${response.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error('no answer within 5 seconds')));
    request.once('error', reject);
  });
}

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(line: string) => void} log
 */
async function seed(env, log) {
  const { fleetBackend } = await import(compiled('ports.js').href);
  const { databaseKind } = await import(compiled('fleet/url.js').href);
  const { seedFleet } = await import(compiled('fleet/seed.js').href);
  const url = env[fleetBackend.urlVariable] || fleetBackend.defaultUrl;
  try {
    databaseKind(url);
  } catch (error) {
    throw new Error(`${fleetBackend.urlVariable}: ${/** @type {Error} */ (error).message}`);
  }
  await seedFleet(url).then(
    (/** @type {{ message: string }} */ report) => log(report.message),
    (/** @type {Error} */ error) => log(`fleet: ${error.message}`),
  );
}

/** @param {string} path inside `dist/backends` */
function compiled(path) {
  return pathToFileURL(fileURLToPath(new URL(`../dist/backends/${path}`, import.meta.url)));
}
