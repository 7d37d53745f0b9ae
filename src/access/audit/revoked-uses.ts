import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';
import { addressGroup } from '../limits/address-group.ts';
import type { AuditNotes } from './audit-notes.ts';

const mostKnown = 10_000;
const againAfterMs = 3_600_000;

/**
 * Tells the audit log who goes on with a key that was revoked: once an hour for each key and address, an IPv6 address being its
 * /64. Only uses with the right secret are told here, so that a key's public id alone makes no entry.
 */
export class RevokedUses {
  readonly #notes: Pick<AuditNotes, 'note'>;
  readonly #clock: Clock;
  readonly #told = new LRUCache<string, number>({ max: mostKnown });

  constructor(notes: Pick<AuditNotes, 'note'>, clock: Clock) {
    this.#notes = notes;
    this.#clock = clock;
  }

  /** Cheap enough for a flood of them. */
  note(keyId: string, address: string): void {
    const who = `${keyId} ${addressGroup(address)}`;
    const now = this.#clock.now();
    const toldAt = this.#told.get(who);
    if (toldAt !== undefined && now - toldAt < againAfterMs) return;
    const isTaken = this.#notes.note('key.use-after-revoke', {
      // Whoever has it is no operator any more.
      actor: { type: 'user', id: `key:${keyId}`, address },
      action: 'key.use-after-revoke',
      target: keyId,
      result: 'denied',
    });
    // What was left out is told when there is room again.
    if (isTaken) this.#told.set(who, now);
  }
}
