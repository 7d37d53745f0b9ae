import { everyone } from '../../src/caller.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import type { Call, CallContext } from '../../src/operations/call.ts';
import { datasourceInfo } from '../../src/operations/datasource.ts';
import type { Operation } from '../../src/operations/operation.ts';
import type { Prepared } from '../../src/operations/transport.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { noTrace } from '../../src/telemetry/trace.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { csv } from '../../src/transports/rest/slots.ts';
import { Cancellation } from '../../src/util/abort.ts';

export interface Ride {
  readonly id: string;
  readonly status: string;
}

/** Rides by their ids over REST: one request for 100. */
export function ridesAt(baseUrl: string) {
  const ridesByIds = get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: csv('ids') } });
  return rest('rides', {
    baseUrl,
    operations: {
      ride: merge(ridesByIds, {
        list: 'ids',
        key: 'id',
        match: 'id',
        max: 100,
        scope: 'public',
        cache: { ttlMs: 60_000, tags: ({ id }) => [`ride:${id}`] },
      }),
    },
  });
}

/** What the operation is without any policy: the transport and the merging, as the engine prepares them. */
export async function withoutPolicies<I, O>(
  datasource: ReturnType<typeof ridesAt>,
  operation: Operation<I, O>,
  baseUrl: string,
): Promise<Call<I, O>> {
  const transport = await datasource[datasourceInfo].open({ settings: { baseUrl }, log: noLog });
  const { name, spec } = operation.info;
  const prepared = spec.adapters.reduce<Prepared<unknown, unknown>>(
    (target, adapter) => adapter.adapt(target),
    transport.prepare(spec.spec, name),
  );
  return prepared.call as unknown as Call<I, O>;
}

export function context(): CallContext {
  return {
    caller: everyone,
    signal: new Cancellation(),
    deadline: performance.now() + 30_000,
    requestId: 'benchmark',
    trace: noTrace,
  };
}
