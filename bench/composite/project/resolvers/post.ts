import { bind, parent } from 'tributary';
import { upstream } from '../datasources/upstream.ts';
import type { Fields } from '../schema/types.ts';

export const Query: Fields<'Query'> = {
  posts: bind(upstream.posts, {}),
};

export const Post: Fields<'Post'> = {
  user: bind(upstream.user, { id: parent('userId') }),
};
