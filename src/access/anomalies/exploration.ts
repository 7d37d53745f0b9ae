import { LRUCache } from 'lru-cache';
import type { Detector, Observation, Report } from './observation.ts';
import { had, keyOrAddress } from './subjects.ts';
import { thresholds } from './thresholds.ts';
import { Burst } from './windows.ts';

const { probing, introspection, newOperations } = thresholds;
const misfits: readonly string[] = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'];

interface Explorer {
  readonly probing: Burst;
  readonly introspection: Burst;
}

interface Repertoire {
  readonly operations: Set<string>;
  readonly fresh: Burst;
  requests: number;
}

/** The most operations of one key that are remembered; a key with more has no repertoire. */
const mostOperations = 5_000;

/** Somebody who looks for what the contract does not show, or a key that suddenly asks for other things. */
export class ExplorationDetector implements Detector {
  readonly #report: Report;
  readonly #explorers: LRUCache<string, Explorer>;
  readonly #repertoires: LRUCache<string, Repertoire>;

  constructor(report: Report, maxSubjects: number) {
    this.#report = report;
    this.#explorers = new LRUCache({ max: maxSubjects });
    this.#repertoires = new LRUCache({ max: maxSubjects });
  }

  observe(observation: Observation): void {
    const { key, address, at, codes, audience, isIntrospection } = observation;
    const misfit = codes.some((code) => misfits.includes(code));
    const isOpenIntrospection = isIntrospection && audience === 'OPEN';
    if (misfit || isOpenIntrospection) {
      const subject = keyOrAddress(key, address);
      if (subject === undefined) return;
      const explorer = had(this.#explorers, `${subject.kind} ${subject.name}`, () => ({
        probing: new Burst(probing.count, probing.withinMs),
        introspection: new Burst(introspection.count, introspection.withinMs),
      }));
      if (misfit && explorer.probing.add(at))
        this.#report('schema-probing', 'alert', subject, { documents: probing.count });
      if (isOpenIntrospection && explorer.introspection.add(at))
        this.#report('introspection', 'notice', subject, { times: introspection.count });
    } else this.#learn(observation);
  }

  #learn({ key, environment, operation, at, refusal }: Observation): void {
    if (key === undefined || environment !== 'live' || operation === undefined || refusal !== undefined)
      return;
    const repertoire = had(this.#repertoires, key, () => ({
      operations: new Set<string>(),
      fresh: new Burst(newOperations.count, newOperations.withinMs),
      requests: 0,
    }));
    repertoire.requests += 1;
    if (repertoire.operations.has(operation) || repertoire.operations.size >= mostOperations) return;
    repertoire.operations.add(operation);
    if (repertoire.requests > newOperations.knownAfter && repertoire.fresh.add(at))
      this.#report(
        'new-operations',
        'alert',
        { kind: 'key', name: key },
        { operations: newOperations.count },
      );
  }
}
