import { LRUCache } from 'lru-cache';
import type { Detector, Observation, Report } from './observation.ts';
import { had, keyOrAddress } from './subjects.ts';
import { thresholds } from './thresholds.ts';

const { walk } = thresholds;

/** The last ids that somebody asked for: whether each was one more than the one before, and whether it was missing. */
interface Steps {
  readonly inOrder: Uint8Array;
  readonly missing: Uint8Array;
  last: number | undefined;
  count: number;
}

/** Somebody who asks for one id after the other: data that is being copied, or ids that are being guessed. */
export class IdWalkDetector implements Detector {
  readonly #report: Report;
  readonly #walkers: LRUCache<string, Steps>;

  constructor(report: Report, maxSubjects: number) {
    this.#report = report;
    this.#walkers = new LRUCache({ max: maxSubjects });
  }

  observe({ key, address, ids, codes }: Observation): void {
    if (ids.length === 0) return;
    const subject = keyOrAddress(key, address);
    if (subject === undefined) return;
    const steps = had(this.#walkers, `${subject.kind} ${subject.name}`, newSteps);
    const isMissing = codes.includes('NOT_FOUND');
    for (const id of ids.slice(0, walk.ids)) step(steps, id, isMissing);
    if (steps.count < walk.ids) return;
    const inOrder = sum(steps.inOrder);
    const missing = sum(steps.missing);
    if (inOrder > walk.inOrder * walk.ids || missing > walk.missing * walk.ids)
      this.#report('id-walk', 'alert', subject, { ids: walk.ids, inOrder, missing });
  }
}

function newSteps(): Steps {
  return {
    inOrder: new Uint8Array(walk.ids),
    missing: new Uint8Array(walk.ids),
    last: undefined,
    count: 0,
  };
}

function step(steps: Steps, id: string, isMissing: boolean): void {
  const digits = /\d{1,15}$/.exec(id)?.[0];
  const number = digits === undefined ? undefined : Number(digits);
  const place = steps.count++ % walk.ids;
  const isNext = number !== undefined && steps.last !== undefined && Math.abs(number - steps.last) === 1;
  steps.inOrder[place] = isNext ? 1 : 0;
  steps.missing[place] = isMissing ? 1 : 0;
  steps.last = number;
}

function sum(flags: Uint8Array): number {
  let total = 0;
  for (const flag of flags) total += flag;
  return total;
}
