import { toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Cache } from '../caches/cache.ts';
import type { DatasourceInfo, OpenOperation } from '../operation.ts';
import { type Outcome, unwrap } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { settled } from '../settle.ts';

export interface EvictServices {
  readonly cache: Cache;
  readonly writes: WriteCounts;
  readonly log: Log;
}

/** How many writes of each datasource have ended: a read that begins now must not join one that began before. */
export class WriteCounts {
  readonly #ended = new Map<DatasourceInfo, number>();

  of(datasource: DatasourceInfo): number {
    return this.#ended.get(datasource) ?? 0;
  }

  add(datasource: DatasourceInfo): void {
    this.#ended.set(datasource, this.of(datasource) + 1);
  }
}

/**
 * Evicts what a write makes untrue, before its answer is given: whoever has the answer reads the truth. Also after a
 * write that failed, since it may have been done.
 */
export function evictPolicy({ cache, writes, log }: EvictServices): Policy {
  return (next, operation) => {
    const ask = settled(next);
    return async (inputs, context) => {
      const outcomes = await ask(inputs, context);
      writes.add(operation.datasource);
      const tags = tagsOf(operation, inputs, outcomes, log);
      if (tags.length > 0) await cache.evict(tags);
      return outcomes;
    };
  };
}

function tagsOf(
  { name, spec }: OpenOperation,
  inputs: readonly unknown[],
  outcomes: readonly Outcome<unknown>[],
  log: Log,
): readonly string[] {
  const { evicts } = spec.options;
  if (evicts === undefined) return [];
  const tags = new Set<string>();
  inputs.forEach((input, index) => {
    const outcome = outcomes[index];
    const output = outcome instanceof Error ? undefined : unwrap(outcome);
    try {
      for (const tag of evicts(input as never, output as never)) tags.add(tag);
    } catch (thrown) {
      // The write was done; its answer must not become an error for this.
      log.error({ operation: name, error: toError(thrown) }, 'The function `evicts` of a write threw.');
    }
  });
  return [...tags];
}
