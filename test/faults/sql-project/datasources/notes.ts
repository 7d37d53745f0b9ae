import { columns, env, execute, input, keys, list, one, oneOf, sql } from 'tributary';

export interface Note {
  readonly id: string;
  readonly body: string;
}

const note = columns({ id: 'id', body: 'body' });

export const notes = sql('notes', {
  url: env('NOTES_URL'),
  operations: {
    byId: one<{ id: string }, Note>`SELECT ${note} FROM notes WHERE id IN (${keys('id')})`,
    search: list<{ containing: string; from: number; by: 'ID' | 'BODY' }, Note>`
      SELECT ${note} FROM notes WHERE body LIKE ${input('containing', 'text')} AND weight >= ${input('from', 'int')}
      ORDER BY ${oneOf('by', { ID: 'id', BODY: 'body DESC' })}`,
    rename: execute<{
      id: string;
      body: string;
    }>`UPDATE notes SET body = ${input('body')} WHERE id = ${input('id')}`,
  },
});
