/**
 * What identity, limits and metering add to a request, in CPU of the whole process: with a key that is known, from its header to
 * the line of its usage in the log, and with one that is garbage. A baseline that tells nobody apart and counts
 * nothing runs in turn with them. What it then costs to ship a line to SQLite is a figure of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '../src/access/actor.ts';
import { AnomalyWatch } from '../src/access/anomalies/anomaly-watch.ts';
import { openAudit } from '../src/access/audit/audit.ts';
import { Identity } from '../src/access/identity/identity.ts';
import { openPepper } from '../src/access/keys/pepper.ts';
import { openMetering } from '../src/access/open-metering.ts';
import { openRegistry } from '../src/access/registry.ts';
import { openChanges } from '../src/access/state/changes.ts';
import { openDatabase } from '../src/access/state/open-database.ts';
import { serverConfigSchema } from '../src/config/server-config.ts';
import type { AskedOperation } from '../src/execution/gate.ts';
import { emptyReport } from '../src/execution/http-run.ts';
import { type Callers, callersBy, everybody } from '../src/http/callers.ts';
import { limitedCallers } from '../src/http/limited-callers.ts';
import { Metered, type Metering } from '../src/http/metered.ts';
import { observationOf } from '../src/http/observed.ts';
import { noLog } from '../src/telemetry/log.ts';
import { openTelemetry } from '../src/telemetry/telemetry.ts';
import { steadyClock } from '../src/util/clock.ts';
import { median } from './support/load.ts';

const rounds = 15;
const requestsARound = 4_000;
const actor: Actor = { type: 'operator', id: 'bench', address: '127.0.0.1' };

const directory = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
const clock = steadyClock;
const log = noLog;
const database = await openDatabase('sqlite:state.db', { directory });
const changes = await openChanges({ database, clock, log });
const audit = openAudit({ database, clock, log });
const pepper = openPepper({ variables: {}, directory, log });
const registry = await openRegistry({
  database,
  changes,
  audit,
  pepper,
  log,
  clock,
  mail: { send: async () => {} },
});
// The default plan is exhausted in a second; what counts is the work, and it is the same for any number.
const partner = registry.plans.get('partner');
if (partner === undefined) throw new Error('There is no plan `partner`.');
const app = await registry.apps.create(actor, { name: 'Bench', plan: 'partner' });
const made = await registry.keys.create(actor, { appId: app.appId, name: 'Bench', environment: 'live' });
const plan = {
  ...partner,
  limitPerMinute: 60_000_000,
  burst: 1_000_000,
  concurrency: 1_000,
  quotaUnits: 1_000_000_000,
};
const metering = openMetering({
  // Shipped when the benchmark says so.
  config: serverConfigSchema.parse({
    rates: { badCredentials: 1_000_000_000 },
    usage: { shipMs: 10_000_000 },
  }),
  directory,
  database,
  planOf: () => plan,
  clock,
  log,
});
const identity = new Identity({
  anonymous: 'none',
  environment: 'live',
  trustedProxies: [],
  keys: registry.verifier,
  tokens: { verify: () => Promise.reject(new Error('There are no tokens here.')) },
});
const watch = new AnomalyWatch({ report: () => {}, clock });
const meter: Metering = {
  ...metering,
  observe(over) {
    if (over.caller.key !== undefined) registry.lastUse.note(over.caller.key, '127.0.0.1', '');
    watch.observe(observationOf(over, clock.now()));
  },
};
const callers = limitedCallers(callersBy(identity), metering.limits);
const telemetry = await openTelemetry({ logLevel: 'silent' });
const asked: AskedOperation = {
  kind: 'query',
  name: 'Board',
  hash: 'a'.repeat(64),
  cost: 12,
  coordinates: new Set(['Query.rides']),
};
const report = { ...emptyReport(), kind: 'query', operationName: 'Board' };

const garbage = `${made.key.slice(0, -1)}${made.key.endsWith('0') ? '1' : '0'}`;
const subjects = {
  baseline: () => request(everybody, undefined, undefined),
  warm: () => request(callers, meter, made.key),
  garbage: () => refused(garbage),
};
type Subject = keyof typeof subjects;
const shipping: number[] = [];
const micros: Record<Subject, number[]> = { baseline: [], warm: [], garbage: [] };

for (const name of Object.keys(subjects) as Subject[]) await round(name);
for (let count = 0; count < rounds; count++)
  for (const name of Object.keys(subjects) as Subject[]) micros[name].push(await round(name));
await metering.close();
await registry.close();
await changes.close();
audit.close();
await database.close();
await telemetry.close();
rmSync(directory, { recursive: true });

const baseline = median(micros.baseline);
const rounded = (value: number): number => Math.round(value * 10) / 10;
console.log(
  `baseline ${rounded(baseline)} µs; medians of ${rounds} rounds of ${requestsARound} requests, CPU of all threads`,
);
console.log(
  JSON.stringify({
    warmKeyMicros: rounded(median(micros.warm) - baseline),
    garbageKeyMicros: rounded(median(micros.garbage) - baseline),
    shippingMicros: rounded(median(shipping)),
  }),
);

/** CPU of the process a request, in microseconds, to the line in the usage log. */
async function round(name: Subject): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < requestsARound; count++) {
    const done = subjects[name]();
    if (done instanceof Promise) await done;
    // As a server would: timers and the disk get their turn.
    if (count % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  if (name === 'warm') await ship();
  return (user + system) / requestsARound;
}

/** What is written down reaches the state database afterwards, in the same process: measured by itself. */
async function ship(): Promise<void> {
  const before = process.cpuUsage();
  await metering.usage.ship();
  const { user, system } = process.cpuUsage(before);
  shipping.push((user + system) / requestsARound);
}

function arrived(key: string | undefined): IncomingMessage {
  const headers: Record<string, string> = { host: 'localhost', 'content-type': 'application/json' };
  if (key !== undefined) headers['x-api-key'] = key;
  const rawHeaders = Object.entries(headers).flat();
  return {
    headers,
    rawHeaders,
    url: '/graphql',
    method: 'POST',
    socket: { remoteAddress: '127.0.0.1' },
  } as never;
}

function request(by: Callers, meter: Metering | undefined, key: string | undefined): void | Promise<void> {
  const credentials = by.take(arrived(key));
  const caller = by.identify(credentials);
  if (caller instanceof Promise) return caller.then(() => {});
  const run = {
    caller,
    address: credentials.address,
    requestId: 'bench-0123456789',
    telemetry: telemetry.request('bench'),
  };
  if (meter !== undefined) {
    const metered = new Metered(meter, run as never);
    const outside = { isIdentified: true, credentials, headers: {}, variables: undefined };
    const entering = metered.enter();
    const passing = entering === undefined ? metered.gate(asked) : entering.then(() => metered.gate(asked));
    if (passing !== undefined) return passing.then(() => metered.end(report, 3_456, false, outside));
    return metered.end(report, 3_456, false, outside);
  }
}

function refused(key: string): void {
  try {
    const credentials = callers.take(arrived(key));
    callers.identify(credentials);
  } catch {
    return;
  }
  throw new Error('Garbage was taken for a key.');
}
