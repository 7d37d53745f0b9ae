import { useSyncExternalStore } from 'react';

/** What is shown. It stands in the address behind `#`, so that links, reloading and the back button work. */
export type Place =
  | { readonly view: 'board' }
  | { readonly view: 'ride'; readonly id: string }
  | { readonly view: 'statistics' };

/** `#/rides/RIDE-000001` is a ride, `#/statistics` the statistics, anything else the board. */
export function placeOf(hash: string): Place {
  const [, view, id] = hash.split('/');
  if (view === 'statistics') return { view };
  if (view === 'rides' && id) return { view: 'ride', id: decoded(id) };
  return { view: 'board' };
}

export function rideAddress(id: string): string {
  return `#/rides/${encodeURIComponent(id)}`;
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
