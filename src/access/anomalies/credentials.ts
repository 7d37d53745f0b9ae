import { LRUCache } from 'lru-cache';
import { addressGroup } from '../limits/address-group.ts';
import type { Detector, Observation, Report, Subject } from './observation.ts';
import { had, keyOrAddress } from './subjects.ts';
import { thresholds } from './thresholds.ts';
import { Burst, DistinctBurst, WindowSum } from './windows.ts';

const { refused, stuffing, endedKey } = thresholds;
const refusals: readonly string[] = [
  'UNAUTHENTICATED',
  'API_KEY_INVALID',
  'API_KEY_REVOKED',
  'API_KEY_EXPIRED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'KEY_NOT_ALLOWED_HERE',
  'FORBIDDEN',
];

interface Refused {
  readonly all: WindowSum;
  readonly refused: WindowSum;
}

/** Credentials that are tried out, used after their end, used where a secret should not be, or refused again and again. */
export class CredentialDetector implements Detector {
  readonly #report: Report;
  readonly #byAddress: LRUCache<string, DistinctBurst>;
  readonly #ended: LRUCache<string, Burst>;
  readonly #refused: LRUCache<string, Refused>;

  constructor(report: Report, maxSubjects: number) {
    this.#report = report;
    this.#byAddress = new LRUCache({ max: maxSubjects });
    this.#ended = new LRUCache({ max: maxSubjects });
    this.#refused = new LRUCache({ max: maxSubjects });
  }

  observe(observation: Observation): void {
    const { address, refusal, key, at } = observation;
    if (refusal === 'API_KEY_INVALID' && address !== undefined)
      this.#wrongKey(addressGroup(address), key ?? '', at);
    if ((refusal === 'API_KEY_REVOKED' || refusal === 'API_KEY_EXPIRED') && key !== undefined)
      this.#endedKey(key, at);
    if (key !== undefined && refusal === undefined) this.#exposed(key, observation);
    this.#countRefusals(observation);
  }

  #wrongKey(address: string, key: string, at: number): void {
    const burst = had(this.#byAddress, address, () => new DistinctBurst(stuffing.keys, stuffing.withinMs));
    if (burst.add(key, at))
      this.#report(
        'credential-stuffing',
        'alert',
        { kind: 'address', name: address },
        { keys: stuffing.keys },
      );
  }

  #endedKey(key: string, at: number): void {
    const burst = had(this.#ended, key, () => new Burst(endedKey.count, endedKey.withinMs));
    if (burst.add(at))
      this.#report('ended-key-used', 'alert', { kind: 'key', name: key }, { uses: endedKey.count });
  }

  #exposed(key: string, { location, hasOrigin, environment }: Observation): void {
    if (location === 'query' || (hasOrigin && environment === 'live'))
      this.#report('exposed-key', 'notice', { kind: 'key', name: key }, {});
  }

  #countRefusals({ app, address, at, refusal, codes }: Observation): void {
    const subject: Subject | undefined =
      app === undefined ? keyOrAddress(undefined, address) : { kind: 'app', name: app };
    if (subject === undefined) return;
    const counts = had(this.#refused, `${subject.kind} ${subject.name}`, () => ({
      all: new WindowSum(refused.withinMs),
      refused: new WindowSum(refused.withinMs),
    }));
    counts.all.add(1, at);
    if (refusal === undefined && !codes.some((code) => refusals.includes(code))) return;
    counts.refused.add(1, at);
    const { all, refused: no } = counts;
    if (no.total > refused.count && no.total > refused.part * all.total)
      this.#report('refused-requests', 'alert', subject, { refused: no.total, requests: all.total });
  }
}
