/**
 * `npm run demo:redis`: two servers of the reference graph on one Redis. The first answers `Board` and asks every backend;
 * the second answers it a moment later and asks only for what nobody keeps.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BuildError, build } from './build.mjs';
import { LaunchError, launchBackends } from './launch-backends.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const redisUrl = process.env.REDIS_URL || 'redis://127.0.0.1:6379';
const query = `query Board {
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

try {
  await build({ only: ['engine', 'backends'], log: console.log });
  const { urls, stop } = await launchBackends({ env: { ...process.env, BACKENDS_PORT: '0' }, log: () => {} });
  const env = {
    ...process.env,
    ...urls,
    REDIS_URL: redisUrl,
    PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'error',
  };
  const [first, second] = [await serve(env), await serve(env)];
  console.log(
    `Redis is ${redisUrl.replace(/\/\/.*@/, '//***@')}; two servers are up: ${first.url} and ${second.url}\n`,
  );
  await show('the first server ', first.url, urls);
  await show('the second server', second.url, urls);
  console.log(
    '\nWhat the first had asked of tariffs and weather, the second found in Redis; so it did with the drivers.',
  );
  await Promise.all([first.stop(), second.stop()]);
  await stop();
} catch (error) {
  if (!(error instanceof BuildError || error instanceof LaunchError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/** Runs `Board` on one server and prints how often each backend was asked for it. */
async function show(name, url, urls) {
  const backends = Object.entries(urls)
    .filter(([variable]) => variable !== 'FLEET_DATABASE_URL')
    .map(([variable, address]) => [variable.replace('_URL', '').toLowerCase(), new URL(address).origin]);
  await Promise.all(backends.map(([, origin]) => fetch(`${origin}/calls/reset`, { method: 'POST' })));
  const begun = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  const tookMs = performance.now() - begun;
  const calls = await Promise.all(
    backends.map(
      async ([backend, origin]) => `${backend} ${(await (await fetch(`${origin}/calls`)).json()).total}`,
    ),
  );
  const failed = errors ? `, ${errors.length} errors` : '';
  console.log(
    `${name}: ${data.rides.nodes.length} rides${failed} in ${tookMs.toFixed(0)} ms; requests: ${calls.join(', ')}`,
  );
}

/** Starts one server and waits until it says that it is ready. */
async function serve(env) {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'start', root], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /ready.*?(http:\/\/\S+)/.exec(line);
    if (ready) {
      child.stdout.resume();
      return {
        url: ready[1],
        stop: () => {
          child.kill('SIGTERM');
          return ended;
        },
      };
    }
  }
  throw new LaunchError([`A server ended with code ${await ended} before it was ready.`]);
}
