import { LRUCache } from 'lru-cache';
import { addressGroup } from '../limits/address-group.ts';
import { networkOf } from '../network-of.ts';
import type { Detector, Observation, Report } from './observation.ts';
import { had } from './subjects.ts';
import { thresholds } from './thresholds.ts';
import { DistinctBurst } from './windows.ts';

const { addresses, newPlace } = thresholds;

interface Places {
  readonly firstAt: number;
  /** Networks and programs, together. */
  readonly known: LRUCache<string, true>;
  readonly addresses: DistinctBurst;
}

/** A key that is used from many places at once, or from one where it was never seen. */
export class PlaceDetector implements Detector {
  readonly #report: Report;
  readonly #keys: LRUCache<string, Places>;

  constructor(report: Report, maxKeys: number) {
    this.#report = report;
    this.#keys = new LRUCache({ max: maxKeys });
  }

  observe({ key, address, agent = '', at, refusal }: Observation): void {
    if (key === undefined || address === undefined || refusal !== undefined) return;
    const places = had(this.#keys, key, () => ({
      firstAt: at,
      known: new LRUCache<string, true>({ max: 200 }),
      addresses: new DistinctBurst(addresses.count, addresses.withinMs),
    }));
    if (places.addresses.add(addressGroup(address), at))
      this.#report('many-addresses', 'alert', { kind: 'key', name: key }, { addresses: addresses.count });
    const place = `${networkOf(address)} ${agent}`;
    if (places.known.has(place)) return;
    places.known.set(place, true);
    if (at - places.firstAt > newPlace.knownAfterMs)
      this.#report('new-place', 'notice', { kind: 'key', name: key }, { places: places.known.size });
  }
}
