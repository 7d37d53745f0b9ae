import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Stands in the output where a block of commands has ended, around its exit code. */
const mark = '\u0001';

/**
 * A terminal with a shell in it, as a reader of our pages has it: its folder, variables and functions last from one block
 * of commands to the next, and Ctrl-C ends what runs in it, not the shell.
 */
export class Terminal {
  readonly #shell: ChildProcess;
  #output = '';
  #ended: Promise<number> = Promise.resolve(0);
  #end: (code: number) => void = () => {};
  #idle = true;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    // A group of its own, as a terminal gives it: a signal reaches all that was started in it.
    this.#shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#write('exec 2>&1; trap : INT');
  }

  /** Resolves with the exit code of the last command, once all of them have ended. */
  run(commands: string): Promise<number> {
    this.#idle = false;
    this.#ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    this.#write(`{ ${commands}\n} </dev/null; printf '\\001%d\\001' $?`);
    return this.#ended;
  }

  /** Whether nothing runs in it: all that was printed is there. */
  get isIdle(): boolean {
    return this.#idle;
  }

  /** What was printed since it was last taken. */
  get printed(): string {
    return this.#output;
  }

  /** Takes what was printed. */
  take(): string {
    const printed = this.#output;
    this.#output = '';
    return printed;
  }

  /** Ctrl-C; resolves when what ran has ended. */
  async interrupt(): Promise<void> {
    this.#signal('SIGINT');
    await this.#ended;
  }

  /** Ends the shell and all that runs in it. */
  async close(): Promise<void> {
    const closed = once(this.#shell, 'close');
    this.#signal('SIGKILL');
    await closed;
  }

  #write(line: string): void {
    this.#shell.stdin?.write(`${line}\n`);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#shell;
    if (pid !== undefined) process.kill(-pid, signal);
  }

  #hear(text: string): void {
    this.#output += text;
    const [, before = '', code, after = ''] =
      new RegExp(`^([^]*?)${mark}(\\d+)${mark}([^]*)$`).exec(this.#output) ?? [];
    if (code === undefined) return;
    this.#output = before + after;
    this.#idle = true;
    this.#end(Number(code));
  }
}
