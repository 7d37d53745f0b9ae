/** SQLite's extended result codes CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE and CONSTRAINT_ROWID (https://sqlite.org/rescode.html). */
const uniqueResultCodes: ReadonlySet<unknown> = new Set([1555, 2067, 2579]);

/** Whether a statement failed because a row with such a key exists already: the one failure that callers tell apart. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  return code === '23505' || uniqueResultCodes.has(errcode);
}

/** Whether another process has a lock on the file: BUSY and LOCKED, in their primary code. */
export function isBusy(error: unknown): boolean {
  const { errcode } = Object(error) as { errcode?: unknown };
  return typeof errcode === 'number' && ((errcode & 0xff) === 5 || (errcode & 0xff) === 6);
}

/**
 * Whether the same attempt may succeed a moment later: the connection was lost or not made, the server starts, stops or has too many
 * connections, or a statement waited too long for others. Not so where the credentials or the path are wrong.
 */
export function mayPass(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  if (errcode !== undefined) return isBusy(error);
  if (typeof code !== 'string') return true;
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|ENOENT|EEXIST|ERR_)/.test(code)) return false;
  return /^(E[A-Z]{4,}|57P0[1-3]|57014|53300|08...)$/.test(code);
}

/**
 * What kept a database from answering, for an operator: a code or one of a few sentences. A driver's own text is not
 * repeated, because some of them hold the address, the statement or its values.
 */
export function reasonOfFailure(error: unknown): string {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number')
    return sqliteReasons[errcode & 0xff] ?? `SQLite reports the result code ${errcode}`;
  if (typeof code !== 'string') return 'the connection was lost or not made';
  return postgresReasons[code] ?? `it reports ${code.slice(0, 40)}`;
}

const sqliteReasons: Readonly<Record<number, string>> = {
  5: 'another process has locked it',
  6: 'another process has locked it',
  8: 'it may not be written',
  10: 'the disk reports an error',
  11: 'it is damaged',
  13: 'the disk is full',
  14: 'it cannot be opened or made',
  26: 'it is no SQLite database',
};

const postgresReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host is not known',
  ETIMEDOUT: 'it does not answer',
  EACCES: 'it may not be opened',
  EPERM: 'it may not be opened',
  EROFS: 'its disk may not be written',
  ENOTDIR: 'a part of its path is no folder',
  ENOENT: 'its folder cannot be made',
  '28000': 'the credentials are refused',
  '28P01': 'the credentials are refused',
  '3D000': 'it has no database of that name',
  '42501': 'the role may not create or change tables',
  '57014': 'a statement took too long, or waited too long for other writers',
  '08006': 'the connection was lost or not made',
  '53300': 'it has too many connections',
  '57P03': 'it is starting or stopping',
};
