import { env, get, post, rest } from 'tributary';
import type { Item } from './good.ts';

export const bad = rest('bad', {
  baseUrl: env('BAD_URL'),
  auth: { token: env('BAD_TOKEN', 'none') },
  timeoutMs: 400,
  operations: {
    item: get<{ id: string }, Item>('/items/{id}', { scope: 'caller' }),
    link: get<{ id: string }, { readonly id: string }>('/links/{id}', { timeoutMs: 5_000 }),
    write: post<{ id: string }, Item>('/items'),
  },
});
