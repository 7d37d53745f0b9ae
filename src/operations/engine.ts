import { type Problem, ProblemsError } from '../config/problems.ts';
import { isSetting, resolveSetting } from '../config/setting.ts';
import { toError } from '../errors.ts';
import { type Log, noLog } from '../telemetry/log.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import { quickenStrings } from '../util/string-prototype.ts';
import { Background } from './background.ts';
import type { Cache } from './caches/cache.ts';
import { processCache } from './caches/process-cache.ts';
import type { Call } from './call.ts';
import { type Datasource, datasourceInfo, operationsOf, scopeOf } from './datasource.ts';
import { forwardingProblems, sharedThoughForwarded } from './forwarding-problems.ts';
import type { DatasourceInfo, OpenOperation, Operation, OperationInfo } from './operation.ts';
import { compose, type Pipeline, pipelineOf } from './pipeline.ts';
import type { SwitchedOffOf } from './policies/switched.ts';
import type { Prepared, Transport } from './transport.ts';

/** All datasources of a project, open. */
export interface OperationEngine {
  /** The operation with every policy around it. */
  call<I, O>(operation: Operation<I, O>): Call<I, O>;
  /** What keeps each datasource from answering, by its name; `undefined` where nothing does. */
  ping(signal: AbortSignal): Promise<ReadonlyMap<string, Error | undefined>>;
  /** Evicts every kept answer that has one of the tags, in every process. */
  evict(tags: readonly string[]): Promise<void>;
  /** Evicts every kept answer, in every process. */
  evictAll(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineServices {
  readonly variables: NodeJS.ProcessEnv;
  readonly log?: Log;
  /** @default a cache in this process of 50,000 entries and 128 MB */
  readonly cache?: Cache;
  readonly clock?: Clock;
  /** What operators have switched off. @default nothing, ever */
  readonly switchedOff?: SwitchedOffOf | undefined;
  /** The file that a datasource was defined in, for messages. */
  readonly placeOf?: (datasource: string) => string;
}

/**
 * Opens every datasource and compiles every operation. Rejects with a `ProblemsError` that lists all that is wrong:
 * missing variables, addresses that are none, specifications that cannot work.
 */
export async function openEngine(
  datasources: readonly Datasource[],
  services: EngineServices,
): Promise<OperationEngine> {
  quickenStrings();
  const { log = noLog, clock = steadyClock } = services;
  const cache = services.cache ?? processCache({ maxEntries: 50_000, maxBytes: 134_217_728, clock });
  const background = new Background();
  const pipeline = pipelineOf({ cache, clock, log, background, switchedOff: services.switchedOff });
  const problems: Problem[] = [];
  const transports = new Map<string, Transport>();
  const calls = new Map<OperationInfo, Call<never, unknown>>();
  for (const datasource of datasources) {
    const info = datasource[datasourceInfo];
    const transport = await openTransport(info, services, log, problems);
    if (transport === undefined) continue;
    transports.set(info.name, transport);
    for (const { info: operation } of operationsOf(datasource)) {
      const call = openOperation(operation, transport, pipeline, services, problems);
      if (call !== undefined) calls.set(operation, call);
    }
  }
  if (problems.length > 0) {
    await closeAll(transports);
    throw new ProblemsError(problems);
  }
  return engineOf(transports, calls, cache, background);
}

function engineOf(
  transports: ReadonlyMap<string, Transport>,
  calls: ReadonlyMap<OperationInfo, Call<never, unknown>>,
  cache: Cache,
  background: Background,
): OperationEngine {
  return {
    call<I, O>(operation: Operation<I, O>) {
      const call = calls.get(operation.info);
      if (call === undefined)
        throw new Error(`The operation ${operation.info.name} belongs to no open datasource.`);
      return call as unknown as Call<I, O>;
    },
    async ping(signal) {
      const checks = [...transports].map(
        async ([name, transport]) => [name, await faultOf(transport, signal)] as const,
      );
      return new Map(await Promise.all(checks));
    },
    evict: (tags) => cache.evict(tags),
    evictAll: () => cache.evictAll(),
    async close() {
      background.close();
      await closeAll(transports);
      await cache.close();
    },
  };
}

async function openTransport(
  info: DatasourceInfo,
  services: EngineServices,
  log: Log,
  problems: Problem[],
): Promise<Transport | undefined> {
  const place = services.placeOf?.(info.name) ?? info.name;
  const settings: Record<string, string> = {};
  const before = problems.length;
  for (const [option, value] of Object.entries(info.settings)) {
    const resolved = resolveSetting(value, services.variables);
    if (resolved !== undefined) settings[option] = resolved;
    else if (isSetting(value)) problems.push(missingVariable(place, info.name, option, value.variable));
  }
  problems.push(...forwardingProblems(info, settings).map((problem) => ({ place, ...problem })));
  if (problems.length > before) return undefined;
  try {
    const transport = await info.open({ settings, log, forwarding: info.forwarding });
    info.documents = transport.documents ?? '';
    return transport;
  } catch (thrown) {
    problems.push(...problemsOf(thrown, place, info.name));
    return undefined;
  }
}

function openOperation(
  operation: OperationInfo,
  transport: Transport,
  pipeline: Pipeline,
  services: EngineServices,
  problems: Problem[],
): Call<never, unknown> | undefined {
  const place = services.placeOf?.(operation.datasource.name) ?? operation.datasource.name;
  const rule = ruleBrokenBy(operation);
  if (rule !== undefined) {
    problems.push({ place, subject: operation.name, ...rule });
    return undefined;
  }
  try {
    const prepared = operation.spec.adapters.reduce<Prepared<unknown, unknown>>(
      (target, adapter) => adapter.adapt(target),
      transport.prepare(operation.spec.spec, operation.name),
    );
    const open: OpenOperation = { ...operation, maxInputs: prepared.maxInputs, groupBy: prepared.groupBy };
    return compose(operation.kind === 'read' ? pipeline.reads : pipeline.writes, prepared.call, open);
  } catch (thrown) {
    problems.push(...problemsOf(thrown, place, operation.datasource.name, operation.name));
    return undefined;
  }
}

/** What no operation may be, whoever starts it. */
function ruleBrokenBy({
  cache,
  scope,
  kind,
  spec,
  datasource,
}: OperationInfo): Pick<Problem, 'message' | 'mend'> | undefined {
  if (scope !== 'caller' && scopeOf(datasource) === 'caller') return sharedThoughForwarded;
  if (kind === 'read' && spec.options.evicts !== undefined)
    return { message: 'Only a write can evict.', mend: 'Take `evicts` away, or give the answer tags.' };
  if (cache === undefined) return undefined;
  if (kind === 'write') return { message: 'A write cannot be cached.', mend: 'Take `cache` away.' };
  if (scope !== undefined) return undefined;
  return {
    message: 'The operation is cached, but nothing says whom an answer may be shared among.',
    mend: 'Add `scope`: `public`, `audience`, `tenant` or `caller`.',
  };
}

function missingVariable(place: string, subject: string, option: string, variable: string): Problem {
  return {
    place,
    subject,
    message: `The environment variable ${variable} (${option}) is not set, and there is no default.`,
    mend: `Set ${variable}.`,
  };
}

/** A transport knows its datasource's name, and not the file that it was defined in. */
function problemsOf(
  thrown: unknown,
  place: string,
  datasource: string,
  subject = datasource,
): readonly Problem[] {
  if (thrown instanceof ProblemsError)
    return thrown.problems.map((each) => (each.place === datasource ? { ...each, place } : each));
  return [
    {
      place,
      subject,
      // What drivers and Node say ends as it likes.
      message: toError(thrown).message.replace(/(?<![.!?])$/, '.'),
      mend: 'Mend the definition of the datasource.',
    },
  ];
}

async function faultOf(transport: Transport, signal: AbortSignal): Promise<Error | undefined> {
  try {
    await transport.ping?.(signal);
    return undefined;
  } catch (thrown) {
    return toError(thrown);
  }
}

async function closeAll(transports: ReadonlyMap<string, Transport>): Promise<void> {
  await Promise.allSettled([...transports.values()].map((transport) => transport.close?.()));
}
