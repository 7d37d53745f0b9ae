import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where the lines go. */
export interface Output {
  /** The cursor to go on from; `undefined` at the beginning. */
  readonly cursor: string | undefined;
  /** How many nodes are written. */
  readonly rows: number;
  /** Nothing is left to do: an earlier run wrote it all. */
  readonly done: boolean;
  /** Writes the lines of one page; when it resolves they are safe, and so is the place of the next page. */
  write(lines: string, rows: number, next: string | null): Promise<void>;
  close(): Promise<void>;
}

/** The file cannot be written to as it is; the message says what to do. */
export class OutputError extends Error {}

/** The state beside a file that is not whole yet. */
interface State {
  /** Of the query, its variables and the format: another export must not go on in this file. */
  readonly export: string;
  readonly cursor: string | null;
  /** How much of the file is whole pages. */
  readonly bytes: number;
  readonly rows: number;
  readonly done: boolean;
}

/** A name for what is exported. */
export function exportName(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Lines to the standard output; what is cut off there is the reader's business. */
export function standardOutput(): Output {
  return {
    cursor: undefined,
    rows: 0,
    done: false,
    write: (lines) =>
      new Promise((resolve, reject) => {
        process.stdout.write(lines, (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {},
  };
}

/**
 * A file that can be gone on with: its state stands beside it (`FILE.state.json`) until it is whole. What was written behind the
 * last whole page, such as a torn line, is cut off.
 *
 * @param name of the export, by `exportName`
 * @param head what a new file begins with
 * @throws OutputError where the file is there and is not the beginning of this export
 */
export async function fileOutput(path: string, name: string, head: string): Promise<Output> {
  await mkdir(dirname(path), { recursive: true });
  const statePath = `${path}.state.json`;
  const state = (await readState(statePath)) ?? (await beginning(path, name));
  if (state.export !== name)
    throw new OutputError(
      `${path} was begun with another query, other variables or another format. Remove it and ${statePath}, or give another --out.`,
    );
  // Before the file itself: a file without state is somebody's.
  await writeState(statePath, state);
  const file = await open(path, 'a+');
  const { size } = await file.stat();
  if (size < state.bytes) {
    await file.close();
    throw new OutputError(`${path} is shorter than it was. Remove it and ${statePath}, and start again.`);
  }
  await file.truncate(state.bytes);
  return new ResumableFile(file, statePath, state, state.bytes === 0 ? head : '');
}

class ResumableFile implements Output {
  readonly #file: FileHandle;
  readonly #statePath: string;
  #state: State;
  #head: string;

  constructor(file: FileHandle, statePath: string, state: State, head: string) {
    this.#file = file;
    this.#statePath = statePath;
    this.#state = state;
    this.#head = head;
  }

  get cursor(): string | undefined {
    return this.#state.cursor ?? undefined;
  }

  get rows(): number {
    return this.#state.rows;
  }

  get done(): boolean {
    return this.#state.done;
  }

  async write(lines: string, rows: number, next: string | null): Promise<void> {
    const text = Buffer.from(this.#head + lines);
    await this.#file.writeFile(text);
    // On the disk before the state says so.
    await this.#file.datasync();
    this.#head = '';
    this.#state = {
      ...this.#state,
      cursor: next,
      bytes: this.#state.bytes + text.length,
      rows: this.#state.rows + rows,
      done: next === null,
    };
    await writeState(this.#statePath, this.#state);
  }

  async close(): Promise<void> {
    await this.#file.close();
    if (this.#state.done) await rm(this.#statePath, { force: true });
  }
}

async function beginning(path: string, name: string): Promise<State> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && there.size > 0)
    throw new OutputError(`${path} is there already. Remove it, or give another --out.`);
  return { export: name, cursor: null, bytes: 0, rows: 0, done: false };
}

async function readState(path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as State;
  } catch {
    throw new OutputError(`${path} cannot be read. Remove it and the file beside it, and start again.`);
  }
}

/** Another name first: a state is whole or the last one. */
async function writeState(path: string, state: State): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, `${JSON.stringify(state)}\n`, { flush: true });
  await rename(unfinished, path);
}
