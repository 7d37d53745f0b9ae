import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Problem, ProblemsError } from '../../config/problems.ts';
import type { Log } from '../../telemetry/log.ts';
import { makeFolder } from '../../util/make-folder.ts';
import type { Database } from '../state/database.ts';

/**
 * The secret that is not in the database: without it a stolen database says nothing of the keys. A new version is added beside the
 * old ones, which the keys made under them go on to need.
 */
export interface Pepper {
  /** The version that new keys are made under: the highest. */
  readonly version: number;
  /** HMAC-SHA-256 of the text, 32 bytes; `undefined` where there is no such version. */
  digest(version: number, text: string): Buffer | undefined;
}

export interface PepperOptions {
  readonly variables: NodeJS.ProcessEnv;
  /** What the file's path is relative to. */
  readonly directory: string;
  /** Holds the pepper where TRIBUTARY_PEPPER does not; it is made where it does not exist. @default '.data/pepper' */
  readonly file?: string;
  readonly log: Log;
}

const leastLength = 32;

/**
 * Opens the pepper: `version:text`, one in a line or after a comma, a text alone being version 1.
 *
 * @example TRIBUTARY_PEPPER=2:9f86d081884c7d659a2feaa0c55ad015,1:60303ae22b998861bce3b28f33eec1be
 * @throws ProblemsError, which never repeats any of it
 */
export function openPepper(options: PepperOptions): Pepper {
  const text = options.variables.TRIBUTARY_PEPPER;
  if (text !== undefined && text !== '') return new VersionedPepper(read(text, 'environment'));
  const file = options.file ?? '.data/pepper';
  return new VersionedPepper(read(readOrMake(resolve(options.directory, file), options.log, file), file));
}

/**
 * Compares the pepper with the one that the keys of this database were made under: with another one every key would be
 * refused. Each version is recognised by a fingerprint, which tells nothing of it.
 */
export async function provePepper(pepper: Pepper, database: Database): Promise<readonly Problem[]> {
  return await database.transaction(async (transaction) => {
    const rows = await transaction.all<{ version: number; fingerprint: string }>(
      'SELECT version, fingerprint FROM peppers',
    );
    const wrong = rows.filter(
      ({ version, fingerprint }) => (fingerprintOf(pepper, version) ?? fingerprint) !== fingerprint,
    );
    if (wrong.length > 0) return wrong.map(({ version }) => anotherPepper(version));
    if (rows.every(({ version }) => version !== pepper.version))
      await transaction.run('INSERT INTO peppers (version, fingerprint) VALUES (?, ?)', [
        pepper.version,
        fingerprintOf(pepper, pepper.version) ?? '',
      ]);
    return [];
  });
}

class VersionedPepper implements Pepper {
  readonly version: number;
  readonly #keys: ReadonlyMap<number, KeyObject>;

  constructor(keys: ReadonlyMap<number, KeyObject>) {
    this.#keys = keys;
    this.version = Math.max(...keys.keys());
  }

  digest(version: number, text: string): Buffer | undefined {
    const key = this.#keys.get(version);
    return key === undefined ? undefined : createHmac('sha256', key).update(text).digest();
  }
}

function fingerprintOf(pepper: Pepper, version: number): string | undefined {
  return pepper.digest(version, 'tributary pepper fingerprint')?.toString('hex').slice(0, 16);
}

function read(text: string, place: string): ReadonlyMap<number, KeyObject> {
  const keys = new Map<number, KeyObject>();
  for (const entry of text.split(/[\n,]/).map((each) => each.trim())) {
    if (entry === '') continue;
    const [, version = '1', secret = ''] = /^(?:(\d{1,6}):)?(.*)$/s.exec(entry) ?? [];
    if (secret.length < leastLength || keys.has(Number(version)))
      throw new ProblemsError([unreadable(place)]);
    keys.set(Number(version), createSecretKey(Buffer.from(secret)));
  }
  if (keys.size === 0) throw new ProblemsError([unreadable(place)]);
  return keys;
}

function readOrMake(path: string, log: Log, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new ProblemsError([unusable(file, thrown)]);
  }
  try {
    makeFolder(dirname(path));
    writeFileSync(path, `1:${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    log.warn(
      { file },
      'A pepper for API keys was made. Keep a copy of it apart from the database, and give every replica the same one: without it no key works.',
    );
  } catch (thrown) {
    // Another replica on this machine was faster.
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new ProblemsError([unusable(file, thrown)]);
  }
  return readFileSync(path, 'utf8');
}

function unreadable(place: string): Problem {
  return {
    place,
    subject: 'TRIBUTARY_PEPPER',
    message: `The pepper cannot be read: it has no text of ${leastLength} characters or more, or a version twice.`,
    mend: 'Write `1:` and the output of `openssl rand -base64 32`; later versions go before it, with a comma.',
  };
}

function unusable(file: string, thrown: unknown): Problem {
  return {
    place: file,
    message: `The file of the pepper cannot be read or made (${(thrown as NodeJS.ErrnoException).code}).`,
    mend: 'Let this process write its folder, or set TRIBUTARY_PEPPER.',
  };
}

function anotherPepper(version: number): Problem {
  return {
    place: 'environment',
    subject: 'TRIBUTARY_PEPPER',
    message: `Version ${version} of the pepper is not the one that the keys in the state database were made under: every one of them would be refused.`,
    mend: 'Give this replica the pepper of the others, from TRIBUTARY_PEPPER or their file.',
  };
}
