/** What a 400 of a list means: the graph has looked at everything else that is asked of one, except its cursor. */
export const onBadCursor = {
  400: { code: 'BAD_USER_INPUT', message: '`after` is no cursor of this list.' },
} as const;
