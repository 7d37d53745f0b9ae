import { argument, bind, type FieldContext } from 'tributary';
import { notes } from '../datasources/notes.ts';

export const Query = {
  note: bind(notes.byId, { id: argument('id') }),
  notes: bind(notes.search, {
    containing: argument('containing'),
    from: argument('from'),
    by: argument('sortedBy'),
  }),
};

export const Mutation = {
  rename: async (_: unknown, { id, body }: { id: string; body: string }, { load }: FieldContext) =>
    (await load(notes.rename, { id, body })).changed,
};
