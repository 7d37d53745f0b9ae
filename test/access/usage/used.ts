import type { UsageEvent, Used } from '../../../src/access/usage/usage-event.ts';

/** An operation as it is handed to the usage log. */
export function used(changes: Partial<Used> = {}): Used {
  return {
    request: 'request-1',
    key: 'Ab3dEf6hIj9k',
    app: 'app-1',
    caller: 'app:app-1',
    audience: 'PARTNER',
    operation: 'a'.repeat(64),
    name: 'Board',
    kind: 'query',
    outcome: 'ok',
    code: undefined,
    fields: [],
    units: 12,
    bytes: 3_456,
    micros: 4_200,
    upstream: { rides: 1, fleet: 2 },
    count: 1,
    ...changes,
  };
}

export const someNode = '01jd0000000000000000000000';

/** An event as it stands in the usage log. */
export function event(seq: number, changes: Partial<UsageEvent> = {}): UsageEvent {
  const id = `01JD${String(seq).padStart(22, '0')}`;
  return { id, at: 1_763_880_000_000 + seq, node: someNode, seq, ...used(), ...changes };
}
