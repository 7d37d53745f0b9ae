import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/access/state/database.ts';
import type { Migration } from '../../src/access/state/migration.ts';
import { isUniqueViolation } from '../../src/access/state/sql-errors.ts';

/** Tables of the suite's own. */
export const contractTables: Migration = {
  name: 'contract-1',
  statements: [
    'CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT, text TEXT, real DOUBLE PRECISION)',
    'CREATE TABLE counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)',
    'INSERT INTO counter (id, value) VALUES (1, 0)',
  ],
};

/** What every state database promises. `open` answers connections to the same one, freshly made with `contractTables`. */
export function describeDatabase(name: string, open: () => Promise<Database>): void {
  describe(`the state database in ${name}`, () => {
    let database: Database;
    let other: Database;
    beforeEach(async () => {
      database = await open();
      other = await open();
      await database.run('DELETE FROM things');
      await database.run('UPDATE counter SET value = 0');
    });
    afterEach(async () => {
      await database.close();
      await other.close();
    });

    it('gives back what was bound, whatever it holds', async () => {
      const text = `'; DROP TABLE things; -- ? $1 "é\u{1f600}`;
      const number = Date.now();
      await database.run('INSERT INTO things (id, number, text, real) VALUES (?, ?, ?, ?)', [
        text,
        number,
        null,
        0.5,
      ]);
      expect(await database.all('SELECT id, number, text, real FROM things WHERE id = ?', [text])).toEqual([
        { id: text, number, text: null, real: 0.5 },
      ]);
      expect(await database.all("SELECT '?' AS mark, id FROM things WHERE number = ?", [number])).toEqual([
        { mark: '?', id: text },
      ]);
    });

    it('adds up whole numbers to numbers', async () => {
      await database.run('INSERT INTO things (id, number) VALUES (?, ?), (?, ?)', ['a', 2 ** 40, 'b', 1]);
      expect(await database.all('SELECT SUM(number) AS sum, COUNT(*) AS count FROM things')).toEqual([
        { sum: 2 ** 40 + 1, count: 2 },
      ]);
    });

    it('says how many rows a statement has changed, and answers what it returns', async () => {
      await database.run('INSERT INTO things (id) VALUES (?), (?)', ['a', 'b']);
      expect(await database.run('UPDATE things SET number = ?', [1])).toBe(2);
      expect(await database.all('INSERT INTO things (id) VALUES (?) RETURNING id', ['c'])).toEqual([
        { id: 'c' },
      ]);
      expect(await database.run('DELETE FROM things WHERE id = ?', ['nobody'])).toBe(0);
    });

    it('tells a row that exists already from every other failure', async () => {
      await database.run('INSERT INTO things (id) VALUES (?)', ['a']);
      const again = await database.run('INSERT INTO things (id) VALUES (?)', ['a']).catch((error) => error);
      expect(isUniqueViolation(again)).toBe(true);
      const wrong = await database.run('INSERT INTO nowhere (id) VALUES (?)', ['a']).catch((error) => error);
      expect(wrong).toBeInstanceOf(Error);
      expect(isUniqueViolation(wrong)).toBe(false);
    });

    it('does a transaction whole or not at all', async () => {
      const failed = database.transaction(async (transaction) => {
        await transaction.run('INSERT INTO things (id) VALUES (?)', ['a']);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect(await other.all('SELECT id FROM things')).toEqual([]);
      await database.transaction((transaction) =>
        transaction.transaction((inner) => inner.run('INSERT INTO things (id) VALUES (?)', ['b'])),
      );
      expect(await other.all('SELECT id FROM things')).toEqual([{ id: 'b' }]);
    });

    it('shows others nothing of a transaction before it ends', async () => {
      await database.transaction(async (transaction) => {
        await transaction.run('INSERT INTO things (id) VALUES (?)', ['a']);
        expect(await transaction.all('SELECT id FROM things')).toHaveLength(1);
        expect(await database.all('SELECT id FROM things')).toHaveLength(0);
        expect(await other.all('SELECT id FROM things')).toHaveLength(0);
      });
      expect(await other.all('SELECT id FROM things')).toHaveLength(1);
    });

    it('loses no update of many writers who read before they write, on two connections', async () => {
      const increment = (through: Database): Promise<void> =>
        through.transaction(async (transaction) => {
          const [row] = await transaction.all<{ value: number }>('SELECT value FROM counter WHERE id = 1');
          await new Promise(setImmediate);
          await transaction.run('UPDATE counter SET value = ? WHERE id = 1', [(row?.value ?? 0) + 1]);
        });
      await Promise.all(Array.from({ length: 40 }, (_, at) => increment(at % 2 === 0 ? database : other)));
      expect(await other.all('SELECT value FROM counter')).toEqual([{ value: 40 }]);
    });

    it('writes nothing of a transaction whose failed statement was caught by nobody', async () => {
      await database.run('INSERT INTO things (id) VALUES (?)', ['a']);
      const failed = database.transaction(async (transaction) => {
        await transaction.run('INSERT INTO things (id) VALUES (?)', ['b']);
        await transaction.run('INSERT INTO things (id) VALUES (?)', ['a']);
      });
      await expect(failed).rejects.toSatisfy(isUniqueViolation);
      expect(await database.all('SELECT id FROM things')).toEqual([{ id: 'a' }]);
      await database.run('INSERT INTO things (id) VALUES (?)', ['c']);
    });
  });
}
