import { env, get, rest } from 'tributary';

export interface Item {
  readonly id: string;
  readonly name: string | null;
  readonly count: number | null;
}

export const good = rest('good', {
  baseUrl: env('GOOD_URL'),
  timeoutMs: 5_000,
  operations: {
    item: get<{ id: string }, Item>('/items/{id}', { scope: 'caller' }),
    kept: get<{ id: string }, Item>('/kept/{id}', { scope: 'public', cache: { ttlMs: 300_000 } }),
  },
});
