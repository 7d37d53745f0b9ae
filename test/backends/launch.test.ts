import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpBackends } from '../../backends/ports.ts';
// @ts-expect-error: plain JavaScript with JSDoc types
import { build } from '../../scripts/build.mjs';
// @ts-expect-error: plain JavaScript with JSDoc types
import { launchBackends } from '../../scripts/launch-backends.mjs';

const scripts = resolve(import.meta.dirname, '../../scripts');

let folder: string;
let fleetUrl: string;

beforeAll(async () => {
  await build({ only: ['backends'] });
  folder = mkdtempSync(join(tmpdir(), 'launch-'));
  fleetUrl = `sqlite:${join(folder, 'fleet.db')}`;
});

afterAll(() => rmSync(folder, { recursive: true }));

const environment = (more: Record<string, string>) => ({
  PATH: process.env.PATH,
  BACKENDS_PORT: '0',
  FLEET_DATABASE_URL: fleetUrl,
  ...more,
});

/** Collects lines, and waits for one that fits. */
function lineLog() {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  return {
    lines,
    log: (line: string) => {
      lines.push(line);
      for (const wake of waiting.splice(0)) wake();
    },
    find: async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found) return found;
        await new Promise<void>((done) => waiting.push(done));
      }
    },
  };
}

describe('launching the backends', () => {
  test('starts each in a process of its own, seeds the fleet, and stops them all', async () => {
    const { log, lines } = lineLog();
    const launched = await launchBackends({ env: environment({}), log });
    try {
      expect(launched.processes.map(({ name }: { name: string }) => name)).toEqual([
        'rides',
        'tariffs',
        'dispatch',
        'weather',
        'payments',
        'insights',
        'partners',
      ]);
      expect(Object.keys(launched.urls)).toEqual([
        'RIDES_URL',
        'TARIFFS_URL',
        'DISPATCH_URL',
        'WEATHER_URL',
        'PAYMENTS_URL',
        'INSIGHTS_URL',
        'PARTNERS_URL',
        'FLEET_DATABASE_URL',
      ]);
      for (const { name, pid, url } of launched.processes) {
        expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', name, pid });
        expect(lines).toContain(`${name} listening on ${url} (pid ${pid})`);
      }
      expect(launched.urls.DISPATCH_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/RPC2$/);
      expect(lines.filter((line) => line.startsWith('fleet seeded sqlite:'))).toHaveLength(1);
    } finally {
      await launched.stop();
    }
    await Promise.all(
      launched.processes.map(({ url }: { url: string }) => expect(fetch(url)).rejects.toThrow()),
    );
    expect(lines.filter((line) => line.includes('ended with'))).toEqual([]);
  });

  test('reports one that dies and does not start it again', async () => {
    const { log, find } = lineLog();
    const launched = await launchBackends({ env: environment({}), log });
    try {
      const { name, pid, url } = launched.processes[1];
      process.kill(pid, 'SIGKILL');
      await find(new RegExp(`^backend ${name} \\(pid ${pid}\\) ended with SIGKILL$`));
      await expect(fetch(url)).rejects.toThrow();
    } finally {
      await launched.stop();
    }
  });

  test('starts none that is configured to run elsewhere', async () => {
    const elsewhere = {
      RIDES_URL: 'http://r',
      TARIFFS_URL: 'http://t/x',
      WEATHER_URL: 'http://w',
      PAYMENTS_URL: 'http://p',
      INSIGHTS_URL: 'http://i',
      PARTNERS_URL: 'http://a',
    };
    const launched = await launchBackends({ env: environment(elsewhere), log: () => {} });
    await launched.stop();
    expect(launched.processes.map(({ name }: { name: string }) => name)).toEqual(['dispatch']);
    expect(launched.urls).toMatchObject(elsewhere);
  });

  test('lists every port in use, and a wrong database URL, at once', async () => {
    const { servers, first } = await occupyTwo();
    try {
      const env = environment({ BACKENDS_PORT: String(first), FLEET_DATABASE_URL: 'oracle://me:s3cret@h/d' });
      const error = await launchBackends({ env, log: () => {} }).catch((problem: unknown) => problem);
      expect(error.problems).toEqual(
        expect.arrayContaining([
          expect.stringContaining(`rides: port ${first} is in use`),
          expect.stringContaining(`tariffs: port ${first + 1} is in use`),
          expect.stringContaining('FLEET_DATABASE_URL: the database URL must begin with'),
        ]),
      );
    } finally {
      for (const server of servers) server.close();
    }
  });

  test('refuses a BACKENDS_PORT that is no port, in one line', async () => {
    for (const value of ['abc', '65535', '-1', '4101.5']) {
      const error = await launchBackends({ env: environment({ BACKENDS_PORT: value }), log: () => {} }).catch(
        (problem: unknown) => problem,
      );
      expect(error.problems).toEqual([
        `BACKENDS_PORT must be 0 or a port from 1 to ${65_536 - httpBackends.length}, but it is "${value}".`,
      ]);
    }
  });

  test('leaves no process behind when the parent is killed', async () => {
    const program = `
      const { launchBackends } = await import(${JSON.stringify(join(scripts, 'launch-backends.mjs'))});
      const { processes } = await launchBackends({ log() {} });
      console.log(JSON.stringify(processes));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { env: environment({}) });
    const processes = JSON.parse(await firstLine(parent)) as { pid: number; url: string }[];
    parent.kill('SIGKILL');
    await Promise.all(processes.map(({ pid }) => gone(pid)));
    for (const { url } of processes) await expect(fetch(url)).rejects.toThrow();
  });
});

describe('npm run backend', () => {
  test('runs one in the foreground until SIGTERM', async () => {
    const child = spawn(process.execPath, [join(scripts, 'backend.mjs'), 'weather', '--port', '0']);
    const line = await firstLine(child);
    const url = /^weather listening on (\S+) \(pid (\d+)\)$/.exec(line);
    expect(Number(url?.[2])).toBe(child.pid);
    expect((await fetch(`${url?.[1]}/weather`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
  });

  test.each([
    [
      ['nope'],
      1,
      'There is no backend "nope". Known are rides, tariffs, dispatch, weather, payments, insights, partners, fleet.',
    ],
    [[], 1, 'Which backend? Known are'],
    [['rides', '--port', 'x'], 78, 'rides: --port must be 0 to 65535, but it is "x".'],
    [['rides', '--prot', '1'], 78, 'rides: The only option is --port n, but "--prot" came.'],
    [['fleet', '--port', '1'], 78, 'fleet: there are no options here'],
  ])('refuses %j with exit code %i and a line', async (args, code, message) => {
    const child = spawn(process.execPath, [join(scripts, 'backend.mjs'), ...args]);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    expect(await exitCode(child)).toBe(code);
    expect(complaint).toContain(message);
    expect(complaint.trim().split('\n')).toHaveLength(1);
  });

  test('says when the port is in use', async () => {
    const { servers, first } = await occupyTwo();
    try {
      const child = spawn(process.execPath, [join(scripts, 'backend.mjs'), 'rides', '--port', String(first)]);
      let complaint = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        complaint += text;
      });
      expect(await exitCode(child)).toBe(1);
      expect(complaint).toMatch(new RegExp(`^rides: port ${first} is in use; .*\\n$`));
    } finally {
      for (const server of servers) server.close();
    }
  });

  test('seeds the fleet and ends', async () => {
    const env = environment({ FLEET_DATABASE_URL: `sqlite:${join(folder, 'alone.db')}` });
    const lines = [];
    for (let run = 0; run < 2; run += 1) {
      const child = spawn(process.execPath, [join(scripts, 'backend.mjs'), 'fleet'], { env });
      lines.push(await firstLine(child));
      expect(await exitCode(child)).toBe(0);
    }
    expect(lines).toEqual([
      expect.stringMatching(/^fleet seeded/),
      expect.stringMatching(/^fleet left .* as it is/),
    ]);
  });
});

/** Two servers on neighbouring ports that the system chose. */
async function occupyTwo(): Promise<{ servers: Server[]; first: number }> {
  for (;;) {
    const one = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => one.once('listening', done));
    const first = (one.address() as AddressInfo).port;
    const two = createServer();
    const listening = await new Promise<boolean>((done) => {
      two.once('listening', () => done(true));
      two.once('error', () => done(false));
      two.listen(first + 1, '127.0.0.1');
    });
    if (listening && first < 65_000) return { servers: [one, two], first };
    one.close();
    two.close();
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', done);
    child.once('error', fail);
    child.once('close', (code) => fail(new Error(`ended with ${code} without a line`)));
  });
}

function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => child.once('close', done));
}

/** Resolves when there is no such process any more; the test's limit ends the wait. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}
