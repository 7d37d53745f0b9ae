/** Counts the requests a backend received, so that tests can say how many a query cost. */

export interface CallCounter {
  /** A request has arrived. */
  arrived(): void;
  /** Names what a request asked for; several names where one request holds several calls. */
  named(operations: readonly string[]): void;
  /** The numbers as `GET /calls` answers them. */
  snapshot(): { total: number; byOperation: Record<string, number> };
  reset(): void;
}

export function callCounter(): CallCounter {
  let total = 0;
  let byOperation = new Map<string, number>();
  return {
    arrived: () => {
      total += 1;
    },
    named: (operations) => {
      for (const operation of operations) byOperation.set(operation, (byOperation.get(operation) ?? 0) + 1);
    },
    snapshot: () => ({ total, byOperation: Object.fromEntries(byOperation) }),
    reset: () => {
      total = 0;
      byOperation = new Map();
    },
  };
}
