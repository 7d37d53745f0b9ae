import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyone } from '../../src/caller.ts';
import type { CallContext } from '../../src/operations/call.ts';
import { datasourceInfo } from '../../src/operations/datasource.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { noTrace } from '../../src/telemetry/trace.ts';
import { request } from '../../src/transports/soap/builders.ts';
import { soap } from '../../src/transports/soap/soap.ts';
import { WSDL } from './records.ts';

/** One call of `ListTrips` as the graph makes it: through the datasource and the shared HTTP client. */
export interface WholeCalls {
  call(first: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens the service of the benchmark as a datasource. */
export async function openWholeCalls(url: string): Promise<WholeCalls> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  try {
    const wsdl = join(folder, 'trips.wsdl');
    await writeFile(wsdl, WSDL);
    const trips = soap('trips', {
      wsdl,
      url,
      operations: { list: request<{ first: number }, unknown>('ListTrips') },
    });
    const transport = await trips[datasourceInfo].open({ settings: { url }, log: noLog });
    const { call } = transport.prepare<{ first: number }, unknown>(trips.list.info.spec.spec, 'trips.list');
    return {
      async call(first) {
        const [outcome] = await call([{ first }], context());
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      close: async () => transport.close?.(),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every attempt has its own signal, as the engine gives it. */
function context(): CallContext {
  return {
    caller: everyone,
    signal: new AbortController().signal,
    deadline: Number.POSITIVE_INFINITY,
    requestId: 'bench',
    trace: noTrace,
  };
}
