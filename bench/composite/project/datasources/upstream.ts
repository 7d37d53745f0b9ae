import { env, get, merge, repeat, rest } from 'tributary';

export interface Post {
  readonly id: number;
  readonly userId: number;
  readonly title: string;
  readonly body: string;
}

export interface User {
  readonly id: number;
  readonly name: string;
  readonly username: string;
  readonly email: string;
  readonly phone: string;
  readonly website: string;
}

const usersByIds = get<{ ids: readonly number[] }, readonly User[]>('/users', {
  query: { id: repeat('ids') },
});

/** Nothing is kept and nothing shared: every request asks both. */
export const upstream = rest('upstream', {
  baseUrl: env('UPSTREAM_URL'),
  operations: {
    posts: get<Record<never, never>, readonly Post[]>('/posts'),
    user: merge(usersByIds, { list: 'ids', key: 'id', match: 'id', max: 100 }),
  },
});
