const unsent = new WeakSet<Error>();
const lists = new WeakSet<Error>();

/** Marks the error of what was refused before anything was sent: by the encoder, or because the address is too long. */
export function refusedUnsent<E extends Error>(error: E): E {
  unsent.add(error);
  return error;
}

export function wasUnsent(outcome: unknown): boolean {
  return outcome instanceof Error && unsent.has(outcome);
}

/**
 * Marks the error of a list that was refused as a whole, though perhaps one of its keys is to blame, or its length: what
 * was asked for in one list is then asked for in two.
 */
export function refusedAsList<E extends Error>(error: E): E {
  lists.add(error);
  return error;
}

export function wasRefusedAsList(outcome: unknown): boolean {
  return outcome instanceof Error && lists.has(outcome);
}
