import { resolveSetting } from '../../src/config/setting.ts';
import type { Call, CallContext } from '../../src/operations/call.ts';
import { type Datasource, datasourceInfo } from '../../src/operations/datasource.ts';
import type { Operation } from '../../src/operations/operation.ts';
import type { Outcome } from '../../src/operations/outcome.ts';
import { split } from '../../src/operations/policies/split.ts';
import { settle } from '../../src/operations/settle.ts';
import type { Prepared, Transport } from '../../src/operations/transport.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { contextOf } from './operations.ts';

/** A datasource's transport, open, without the policies: what it does itself, once, and nothing tried again. */
export interface OpenDatasource {
  readonly transport: Transport;
  /** The call of one operation, cut into wire requests by `split` as in the pipeline. Never rejects. */
  call<I, O>(operation: Operation<I, O>): Call<I, O>;
  /** The outcomes for these inputs, in a context of its own unless one is given. */
  ask<I, O>(
    operation: Operation<I, O>,
    inputs: readonly I[],
    context?: Partial<CallContext>,
  ): Promise<readonly Outcome<O>[]>;
  close(): Promise<void>;
}

export async function openDatasource(
  datasource: Datasource,
  variables: NodeJS.ProcessEnv = {},
): Promise<OpenDatasource> {
  const info = datasource[datasourceInfo];
  const settings: Record<string, string> = {};
  for (const [option, value] of Object.entries(info.settings)) {
    const resolved = resolveSetting(value, variables);
    if (resolved !== undefined) settings[option] = resolved;
  }
  const transport = await info.open({ settings, log: noLog, forwarding: info.forwarding });
  const call = <I, O>({ info: operation }: Operation<I, O>): Call<I, O> => {
    const prepared = operation.spec.adapters.reduce<Prepared<unknown, unknown>>(
      (target, adapter) => adapter.adapt(target),
      transport.prepare(operation.spec.spec, operation.name),
    );
    const { maxInputs, groupBy } = prepared;
    const parts = split(prepared.call, { ...operation, maxInputs, groupBy });
    return ((inputs, context) => settle(parts, inputs, context)) as Call<unknown, unknown> as Call<I, O>;
  };
  return {
    transport,
    call,
    ask: (operation, inputs, context) => call(operation)(inputs, contextOf(context)),
    close: async () => transport.close?.(),
  };
}
