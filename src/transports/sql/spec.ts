import type { Marker } from './markers.ts';

/** What becomes of the rows of a statement. */
export type Shape = 'one' | 'many' | 'list' | 'row' | 'execute' | 'executeReturning';

/** One operation as its author wrote it; pure data. */
export interface SqlSpec {
  readonly shape: Shape;
  /** The text between the markers: one more than there are markers. */
  readonly strings: readonly string[];
  readonly markers: readonly Marker[];
  readonly maxRows: number | undefined;
  readonly maxInputs: number | undefined;
  readonly timeoutMs: number | undefined;
}

export function writes(shape: Shape): boolean {
  return shape === 'execute' || shape === 'executeReturning';
}

export function isKeyed(shape: Shape): boolean {
  return shape === 'one' || shape === 'many';
}
