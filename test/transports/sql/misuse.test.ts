import { describe, expect, test } from 'vitest';
import { ProblemsError } from '../../../src/config/problems.ts';
import { env } from '../../../src/config/setting.ts';
import type { Datasource } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import {
  columns,
  execute,
  executeReturning,
  input,
  keys,
  list,
  many,
  one,
  oneOf,
  sql,
} from '../../../src/transports/sql/index.ts';

interface Box {
  id: string;
  name: string;
}

const box = columns({ id: 'id', name: 'name' });

async function problemsOf(datasource: Datasource): Promise<string[]> {
  const error = await openEngine([datasource], { variables: {} }).then(
    (engine) => engine.close().then(() => undefined),
    (thrown: unknown) => thrown,
  );
  return error instanceof ProblemsError
    ? error.problems.map(({ subject, message, mend }) => `${subject}: ${message} ${mend}`)
    : [];
}

const boxesOf = (operations: Parameters<typeof sql>[1]['operations'], url = 'sqlite::memory:') =>
  sql('boxes', { url, operations });

describe('a statement that cannot work stops the start', () => {
  test('with all that is wrong at once', async () => {
    const pasted = "1'; DROP TABLE boxes" as never;
    const problems = await problemsOf(
      boxesOf({
        pasted: list<{ id: string }, Box>`SELECT ${box} FROM boxes WHERE id = ${pasted}`,
        noColumns: list<{ id: string }, Box>`SELECT * FROM boxes WHERE id = ${input('id')}`,
        noKeys: one<{ id: string }, Box>`SELECT ${box} FROM boxes WHERE id = ${input('id')}`,
        equals: one<{ id: string }, Box>`SELECT ${box} FROM boxes WHERE id = ${keys('id')}`,
        notIn: many<{ id: string }, Box>`SELECT ${box} FROM boxes WHERE id NOT IN (${keys('id')})`,
        unmatched: one<{ id: string }, { id: string; name: string }>`
          SELECT ${columns({ name: 'name' }) as never} FROM boxes WHERE id IN (${keys('id')})`,
        writing: list<{ id: string }, Box>`DELETE FROM boxes WHERE id = ${input('id')} RETURNING ${box}`,
        quoted: list<object, { id: string }>`SELECT ${columns({ id: 'id" FROM secrets --' })} FROM boxes`,
        nothing: list<{ by?: null }, Box>`SELECT ${box} FROM boxes ORDER BY ${oneOf('by', {})}`,
      }),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^boxes\.pasted: Interpolation 2 of the statement is string, not a marker\./),
      expect.stringMatching(/^boxes\.noColumns: The statement has 0 `columns`, not one\./),
      expect.stringMatching(/^boxes\.noKeys: The statement of `one` has 0 `keys`, not one\./),
      expect.stringMatching(/^boxes\.equals: The keys do not stand in `IN \(…\)`\./),
      expect.stringMatching(/^boxes\.notIn: The keys stand in `NOT IN \(…\)`/),
      expect.stringMatching(/^boxes\.unmatched: .*by their property `id`, which is not among the columns\./),
      expect.stringMatching(/^boxes\.writing: The statement of `list` begins with `DELETE`/),
      expect.stringMatching(/^boxes\.quoted: .*is not the name of a column\./),
      expect.stringMatching(/^boxes\.nothing: `oneOf\('by'\)` has nothing to choose from\./),
    ]);
    expect(problems.join()).not.toContain('DROP TABLE');
  });

  test('where the database answers no rows from such a write', async () => {
    const returning = executeReturning<{ id: string }, Box>`
      UPDATE boxes SET name = 'x' WHERE id = ${input('id')} RETURNING ${box}`;
    expect(await problemsOf(boxesOf({ returning }, 'mariadb://nobody@127.0.0.1:1/nowhere'))).toEqual([
      'boxes.returning: This database answers no rows from UPDATE. Use `execute`, and read the row by an operation of its own.',
    ]);
    expect(await problemsOf(boxesOf({ returning }, 'postgres://nobody@127.0.0.1:1/nowhere'))).toEqual([]);
  });

  test('and so does an address that is none, which is not repeated', async () => {
    const add = execute<{ id: string }>`INSERT INTO boxes (id) VALUES (${input('id')})`;
    for (const url of ['oracle://me:hunter2@host/db', 'sqlite:', 'postgres:// hunter2', 'hunter2']) {
      const problems = await problemsOf(boxesOf({ add }, url));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain('`url`');
      expect(problems[0]).not.toContain('hunter2');
    }
  });

  test('and so does a missing variable', async () => {
    const add = execute<{ id: string }>`INSERT INTO boxes (id) VALUES (${input('id')})`;
    const boxes = sql('boxes', { url: env('BOXES_DATABASE_URL'), operations: { add } });
    expect(await problemsOf(boxes)).toEqual([expect.stringContaining('BOXES_DATABASE_URL')]);
  });
});
