import { ulid } from 'ulid';
import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { checkedEmail, checkedText } from '../inputs.ts';
import type { Database } from '../state/database.ts';
import { isUniqueViolation } from '../state/sql-errors.ts';
import type { Step, Writer } from '../writer.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { allowOperators } from './role.ts';

/** Somebody who manages apps and keys. Times are milliseconds since the epoch. */
export interface User {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
}

export interface Users {
  /** For operators. Rejects with `CONFLICT` where the address is taken, `BAD_USER_INPUT`, `FORBIDDEN`. */
  create(actor: Actor, user: { email: string; name: string; password?: string }): Promise<User>;
  /** Of oneself, or of anybody by an operator. */
  setPassword(actor: Actor, userId: string, password: string): Promise<void>;
  /** The user whose password it is. Takes as long whoever it is. Does not count attempts: whoever asks for a password must. */
  withPassword(email: string, password: string): Promise<User | undefined>;
  /** Takes every right away, within a second on every replica; `false` gives them back. For operators. */
  disable(actor: Actor, userId: string, disabled: boolean): Promise<void>;
  /** Oneself, or anybody for an operator. Rejects with `NOT_FOUND`. */
  get(actor: Actor, userId: string): Promise<User>;
  /** For operators. At most 1000, after `after`, a user's id. */
  list(actor: Actor, after?: string, limit?: number): Promise<readonly User[]>;
}

export function openUsers(database: Database, writer: Writer): Users {
  return {
    async create(actor, { email, name, password }) {
      const stored = password === undefined ? undefined : await hashPassword(password);
      return await writer.write({ actor, action: 'user.create' }, async (step) => {
        allowOperators(actor);
        const user = await createUser(step, email, name);
        if (stored !== undefined) await storePassword(step, user.userId, stored);
        return { result: user, target: user.userId, after: user };
      });
    },
    async setPassword(actor, userId, password) {
      const stored = await hashPassword(password);
      await writer.write({ actor, action: 'user.password', target: userId }, async (step) => {
        await readUser(step.database, actor, userId);
        await storePassword(step, userId, stored);
        return { result: undefined };
      });
    },
    async withPassword(email, password) {
      const [row] = await database.all<UserRow>(
        'SELECT * FROM users WHERE email = ? AND disabled_at IS NULL',
        [email.trim().toLowerCase()],
      );
      return (await isPassword(password, row?.password ?? undefined)) && row !== undefined
        ? userOf(row)
        : undefined;
    },
    disable: (actor, userId, disabled) =>
      writer.write({ actor, action: 'user.disable', target: userId }, async (step) => {
        allowOperators(actor);
        const before = await readUser(step.database, actor, userId);
        await step.database.run('UPDATE users SET disabled_at = ? WHERE user_id = ?', [
          disabled ? step.now : null,
          userId,
        ]);
        await step.publish('user', userId);
        return { result: undefined, before, after: { disabled } };
      }),
    get: (actor, userId) => readUser(database, actor, userId),
    async list(actor, after = '', limit = 1_000) {
      allowOperators(actor);
      const rows = await database.all<UserRow>(
        'SELECT * FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?',
        [after, limit],
      );
      return rows.map(userOf);
    },
  };
}

/** Makes a user within a write of its own or of somebody else's. */
export async function createUser(step: Step, email: string, name: string): Promise<User> {
  const user: User = {
    userId: ulid(step.now),
    email: checkedEmail(email),
    name: checkedText('A name', name),
    createdAt: step.now,
    disabledAt: undefined,
  };
  try {
    await step.database.run('INSERT INTO users (user_id, email, name, created_at) VALUES (?, ?, ?, ?)', [
      user.userId,
      user.email,
      user.name,
      user.createdAt,
    ]);
  } catch (thrown) {
    if (!isUniqueViolation(thrown)) throw thrown;
    throw new TributaryError('CONFLICT', 'Somebody has this e-mail address already.');
  }
  await step.publish('user', user.userId);
  return user;
}

type UserRow = {
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly password: string | null;
  readonly created_at: number;
  readonly disabled_at: number | null;
};

function userOf(row: UserRow): User {
  return {
    userId: row.user_id,
    email: row.email,
    name: row.name,
    createdAt: row.created_at,
    disabledAt: row.disabled_at ?? undefined,
  };
}

async function readUser(database: Database, actor: Actor, userId: string): Promise<User> {
  const [row] = await database.all<UserRow>('SELECT * FROM users WHERE user_id = ?', [userId]);
  if (row === undefined || (actor.type === 'user' && actor.id !== userId))
    throw new TributaryError('NOT_FOUND');
  return userOf(row);
}

async function storePassword({ database }: Step, userId: string, stored: string): Promise<void> {
  await database.run('UPDATE users SET password = ? WHERE user_id = ?', [stored, userId]);
}
