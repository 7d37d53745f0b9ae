/** An operation that was parsed, found valid, and is about to be answered: by execution, or by a whole answer that is kept. */
export interface AskedOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly name: string | undefined;
  /** SHA-256 of the document's text, in hexadecimal digits. */
  readonly hash: string;
  /** What it may cost, with the variables of the request: units of `@cost`. */
  readonly cost: number;
  /** The fields that the operation selects: `Ride.driver`. */
  readonly coordinates: ReadonlySet<string>;
}

/**
 * Stands before every operation, once its document is known: limits that depend on what is asked, quota, switches. Nothing
 * of the operation was done yet, and nothing will be where it throws or rejects, with an error of the table.
 */
export type Gate = (operation: AskedOperation) => void | Promise<void>;
