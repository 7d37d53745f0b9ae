/**
 * `npm run drill:leaked-key`: a partner's key has leaked. Two replicas of this project on a state of their own are attacked with it;
 * what an operator does then is done by the command line alone, as docs/incidents.md has it. Prints a timeline; exits with 1 where a
 * step fails or all of it takes more than five minutes.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from './build.mjs';

const limitMs = 5 * 60_000;
const refusedWithinMs = 1_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist/cli/main.js');
const began = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'tributary-drill-'));
const env = {
  ...process.env,
  STATE_URL: `sqlite:${join(folder, 'state.db')}`,
  USAGE_DIRECTORY: join(folder, 'usage'),
  FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
  WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'warehouse.db')}`,
  TRIBUTARY_PEPPER: `1:${crypto.randomUUID()}`,
  ANONYMOUS_AUDIENCE: 'OPEN',
  REDIS_URL: '',
  PORT: '0',
  ADMIN_PORT: '0',
  LOG_LEVEL: 'info',
};
const servers = [];
const overdue = setTimeout(() => end(new Error('The drill took more than five minutes.')), limitMs);

try {
  await build({ only: ['engine'], log: () => {} });
  await drill();
  tell(`the drill is over, within ${limitMs / 60_000} minutes`);
  await end();
} catch (error) {
  await end(error);
}

async function drill() {
  const [first, second] = await Promise.all([serve(), serve()]);
  const app = await command('apps', 'create', 'Aster Hotels', '--plan', 'partner');
  const { key, info } = await command('keys', 'create', app.appId, '--name', 'booking desk');
  await Promise.all([first, second].map((server) => until(server, key, 'OK')));
  tell(`key ${info.keyId} is in use on two replicas`);

  // Somebody has found the key, and looks for what its contract does not show.
  for (let guess = 0; guess < 40; guess++) await ask(first, key, `{ secret${guess} }`);
  await first.line(new RegExp(`"signal":"schema-probing".*"name":"${info.keyId}"`));
  tell('DETECTED by the log: schema-probing with the key');

  const rotated = await command('keys', 'rotate', info.keyId, '--grace', 'compromised');
  const revokedAt = performance.now();
  await Promise.all([first, second].map((server) => until(server, key, 'API_KEY_REVOKED')));
  const refusedMs = performance.now() - revokedAt;
  if (refusedMs >= refusedWithinMs)
    throw new Error(`The key was refused after ${Math.round(refusedMs)} ms only.`);
  tell(`CONTAINED: refused by both replicas ${Math.round(refusedMs)} ms after the command has ended`);

  await Promise.all([first, second].map((server) => until(server, rotated.key, 'OK')));
  tell(`MENDED: the partner's new key ${rotated.info.keyId} works on both`);

  const usage = await untilPrinted(
    ['usage', 'show', '--by', 'hour,key', '--key', info.keyId, '--csv'],
    (csv) => refusedIn(csv) >= 40,
  );
  tell(`REPORT: usage of the key\n${usage.trim()}`);
  const details = await print('usage', 'details', '--key', info.keyId, '--kind', 'code');
  tell(`REPORT: what it was answered\n${details.trim()}`);

  const { entries } = await command('audit', 'search', '--target', info.keyId);
  const actions = entries.map(({ action }) => action);
  if (!actions.includes('key.rotate')) throw new Error(`The audit log has only ${actions} of the key.`);
  tell(`REPORT: the audit log of the key has ${actions.join(', ')}`);
  const { intact } = await command('audit', 'verify');
  if (intact !== true) throw new Error('The audit log is not intact.');
  tell('REPORT: the audit log is intact');
}

/** How many requests were refused, of all the lines. */
function refusedIn(csv) {
  const [head = '', ...rows] = csv.trim().split(/\r?\n/);
  const column = head.split(',').indexOf('refused');
  return rows.reduce((sum, row) => sum + Number(row.split(',')[column]), 0);
}

function tell(what) {
  const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
  console.log(`${seconds} s  ${what.replaceAll('\n', '\n          ')}`);
}

async function print(...words) {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], { cwd: root, env });
  return stdout;
}

async function command(...words) {
  return JSON.parse(await print(...words, '--json'));
}

async function untilPrinted(words, isSo) {
  for (;;) {
    const printed = await print(...words);
    if (isSo(printed)) return printed;
  }
}

/** What a replica answers: `OK` or the code. */
async function ask(server, key, query) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query }),
  });
  const { errors } = await response.json();
  return errors?.[0].extensions.code ?? 'OK';
}

async function until(server, key, code) {
  while ((await ask(server, key, '{ __typename }')) !== code)
    await new Promise((resolve) => setTimeout(resolve, 25));
}

/** A replica in a process of its own. */
async function serve() {
  const child = spawn(process.execPath, [main, 'start', '.'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(child);
  const lines = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => lines.push(text));
  const line = async (pattern) => {
    for (;;) {
      const found = lines.map((text) => pattern.exec(text)).find((match) => match !== null);
      if (found !== undefined) return found;
      await new Promise((resolve) => reader.once('line', resolve));
    }
  };
  const [, url] = await line(/Tributary is ready: (\S+)/);
  return { url, line };
}

async function end(error) {
  clearTimeout(overdue);
  await Promise.all(
    servers.map(
      (child) =>
        new Promise((resolve) => {
          if (child.exitCode !== null) return resolve(undefined);
          child.once('exit', resolve);
          child.kill();
        }),
    ),
  );
  await rm(folder, { recursive: true, force: true });
  if (error === undefined) return;
  console.error(error.message);
  process.exit(1);
}
