import './pollution.ts';
import { codeOf } from '../../../src/errors.ts';
import type { CallContext } from '../../../src/operations/call.ts';
import type { Datasource, OperationSpecs } from '../../../src/operations/datasource.ts';
import { type EngineServices, type OperationEngine, openEngine } from '../../../src/operations/engine.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import { type Outcome, unwrap } from '../../../src/operations/outcome.ts';
import type { RestOptions } from '../../../src/transports/rest/options.ts';
import { rest } from '../../../src/transports/rest/rest.ts';
import { contextOf } from '../../support/operations.ts';
import { type FaultServer, openFaultServer } from './fault-server.ts';

/** Open datasources, and a short way to ask one thing of them. */
export interface Asker {
  readonly engine: OperationEngine;
  /** The value, or the error, of one input through the whole pipeline. */
  ask<I, O>(operation: Operation<I, O>, input: I, context?: Partial<CallContext>): Promise<unknown>;
  /** `OK` or the code of the error. */
  code<I, O>(operation: Operation<I, O>, input: I, context?: Partial<CallContext>): Promise<string>;
  close(): Promise<void>;
}

export async function openAsker(
  datasources: readonly Datasource[],
  services: Partial<EngineServices> = {},
): Promise<Asker> {
  const engine = await openEngine(datasources, { variables: {}, ...services });
  const ask: Asker['ask'] = async (operation, input, context) => {
    const [outcome] = (await engine.call(operation)(
      [input],
      contextOf(context),
    )) as readonly Outcome<unknown>[];
    return outcome instanceof Error ? outcome : unwrap(outcome);
  };
  return {
    engine,
    ask,
    code: async (operation, input, context) => codeAs(await ask(operation, input, context)),
    close: () => engine.close(),
  };
}

export function codeAs(outcome: unknown): string {
  return outcome instanceof Error ? codeOf(outcome) : 'OK';
}

export interface FaultyRest<Specs extends OperationSpecs> extends Asker {
  readonly server: FaultServer;
  readonly source: Datasource<Specs>;
}

/** A REST datasource whose service misbehaves as it is told. */
export async function openFaultyRest<const Specs extends OperationSpecs>(
  operations: Specs,
  options: Partial<RestOptions<Specs>> = {},
  services: Partial<EngineServices> = {},
): Promise<FaultyRest<Specs>> {
  const server = await openFaultServer();
  const source = rest('faulty', { baseUrl: server.url, ...options, operations });
  const asker = await openAsker([source], services);
  return {
    ...asker,
    server,
    source,
    async close() {
      await asker.close();
      await server.close();
    },
  };
}

/** How long something takes, in milliseconds, and what it gives. */
export async function timed<T>(work: () => Promise<T>): Promise<readonly [result: T, tookMs: number]> {
  const beganAt = performance.now();
  const result = await work();
  return [result, performance.now() - beganAt];
}

/** Resolves as soon as something holds; fails when it does not in time. */
export async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It never came to hold.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** How many of each there are. */
export function tally(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
