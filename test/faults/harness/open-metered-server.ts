import { openLimits } from '../../../src/access/limits/limits.ts';
import { ProcessLimits } from '../../../src/access/limits/process-limits.ts';
import { openDatabase } from '../../../src/access/state/open-database.ts';
import { openUsage } from '../../../src/access/usage/usage.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { openTestServer } from '../../http/test-graph.ts';

/** The small graph of the HTTP tests, with everything metered. */
export async function openMeteredServer(
  stateUrl: string,
  directory: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const clock = steadyClock;
  const database = await openDatabase(stateUrl);
  const usage = openUsage({
    directory,
    strict: false,
    segmentBytes: 50_000,
    maxBytes: 100_000_000,
    retentionDays: 90,
    shipMs: 100,
    database,
    clock,
    log: noLog,
  });
  const plan = { perMinute: 1_000_000, burst: 100_000, running: 0 };
  const limits = openLimits({
    store: new ProcessLimits(clock),
    planOf: () => plan,
    anonymous: plan,
    badCredentials: { most: 20, withinMs: 300_000, blockMs: 900_000 },
    clock,
    log: noLog,
  });
  const server = await openTestServer({ logLevel: 'silent' }, { metering: { limits, usage } });
  return {
    url: `${server.url}/graphql`,
    async close() {
      await server.close();
      await usage.close();
      await database.close();
    },
  };
}
