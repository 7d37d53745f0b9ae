/** What was done for one operation of a datasource. */
export interface OperationCounts {
  batches: number;
  inputs: number;
  wireRequests: number;
  cacheHits: number;
  /** Of the cache hits: those served after their time while a refresh ran, or because the backend failed. */
  staleHits: number;
  errors: number;
}

/** Counts by the name of the operation: as many as the project has operations. */
export class CountsByOperation extends Map<string, OperationCounts> {
  of(operation: string): OperationCounts {
    let counts = this.get(operation);
    if (counts === undefined) {
      counts = { batches: 0, inputs: 0, wireRequests: 0, cacheHits: 0, staleHits: 0, errors: 0 };
      this.set(operation, counts);
    }
    return counts;
  }
}
