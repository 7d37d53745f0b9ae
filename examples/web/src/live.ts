import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useQuery } from 'urql';

export interface Live<Data> {
  /** The newest that came. It stays while a refresh is under way, and when one fails. */
  readonly data: Data | undefined;
  /** When it came, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** What was wrong with the last answer. */
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
  refresh(): void;
}

/**
 * Asks, and asks again `everyMs` after each answer, so that a slow server is never asked twice at once. It rests while it
 * is paused and while nobody sees the page; seen again, it asks at once where an answer is due.
 */
export function useLive<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { everyMs, paused }: { readonly everyMs: number; readonly paused: boolean },
): Live<Data> {
  // What `useQuery` takes depends on its variables' type, which is not known here.
  const [{ data, error, fetching, stale }, ask] = useQuery<Data>({
    query: query as TypedDocumentNode<Data>,
    variables: variables as Record<string, unknown>,
    requestPolicy: 'cache-and-network',
  });
  const [kept, setKept] = useState<{ readonly data: Data; readonly at: number }>();
  if (data !== undefined && data !== kept?.data) setKept({ data, at: Date.now() });
  const refresh = (): void => ask({ requestPolicy: 'network-only' });

  const visible = useVisible();
  const busy = fetching || stale;
  const dueAt = useRef(0);
  useEffect(() => {
    if (!busy) dueAt.current = Date.now() + everyMs;
  }, [busy, everyMs]);
  useEffect(() => {
    if (paused || !visible || busy) return;
    const timer = setTimeout(() => ask({ requestPolicy: 'network-only' }), dueAt.current - Date.now());
    return () => clearTimeout(timer);
  }, [paused, visible, busy, ask]);

  return { data: kept?.data, at: kept?.at, error, fetching: busy, refresh };
}

function useVisible(): boolean {
  return useSyncExternalStore(subscribe, () => document.visibilityState === 'visible');
}

function subscribe(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}
