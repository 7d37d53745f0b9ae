import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';
import { CredentialDetector } from './credentials.ts';
import { ExplorationDetector } from './exploration.ts';
import { IdWalkDetector } from './id-walk.ts';
import type { Anomaly, Detector, Observation, Report } from './observation.ts';
import { PlaceDetector } from './places.ts';
import { thresholds } from './thresholds.ts';
import { VolumeDetector } from './volume.ts';

export interface AnomalyWatchOptions {
  /** Told of each anomaly, at most once in ten minutes for the same signal and subject. */
  readonly report: (anomaly: Anomaly) => void;
  /** The most keys, apps and addresses of which something is remembered. @default 20,000 */
  readonly maxSubjects?: number;
  readonly clock: Clock;
}

/**
 * Watches the requests of this replica for what is not usual. Everything it knows is in memory, and bounded: a replica
 * that starts learns anew. Observing costs a few microseconds and never fails a request.
 */
export class AnomalyWatch {
  readonly #detectors: readonly Detector[];
  readonly #told: LRUCache<string, number>;
  #now = 0;

  constructor({ report, maxSubjects = 20_000, clock }: AnomalyWatchOptions) {
    this.#told = new LRUCache({ max: maxSubjects });
    const tell: Report = (signal, severity, subject, figures) => {
      const name = `${signal} ${subject.kind} ${subject.name}`;
      const at = this.#now || clock.now();
      const toldAt = this.#told.get(name);
      if (toldAt !== undefined && at - toldAt < thresholds.againAfterMs) return;
      this.#told.set(name, at);
      report({ signal, severity, subject, figures, at });
    };
    this.#detectors = [
      new VolumeDetector(tell, maxSubjects),
      new CredentialDetector(tell, maxSubjects),
      new ExplorationDetector(tell, maxSubjects),
      new PlaceDetector(tell, maxSubjects),
      new IdWalkDetector(tell, maxSubjects),
    ];
  }

  observe(observation: Observation): void {
    this.#now = observation.at;
    for (const detector of this.#detectors) detector.observe(observation);
  }
}

/** The names of variables that hold an id, and what may be one. */
const idName = /(^id|Id|_id|ID)s?$/;
const mostIds = 200;

/** The ids that the variables of a request name: texts and whole numbers under a name that ends in `id`. */
export function idsIn(variables: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const ids: string[] = [];
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!idName.test(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string' || Number.isInteger(one)) ids.push(String(one));
      if (ids.length >= mostIds) return ids;
    }
  }
  return ids;
}
