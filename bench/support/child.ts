import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { privateState } from '../../test/support/private-state.ts';

/** A server under measurement, in a process of its own. */
export interface MeasuredProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves with what the first group of a pattern matches in a line that was printed. */
  line(pattern: RegExp): Promise<string>;
  /** CPU that the process has used since it began, in milliseconds. */
  cpuMs(): number;
  stop(): Promise<void>;
}

const canPin = spawnSync('taskset', ['--version']).status === 0;

/**
 * Starts `node` with the arguments and waits until it prints an address.
 *
 * @param core the processor to run on, where the machine lets us choose: a server has one, its load another
 */
export async function startProcess(
  args: readonly string[],
  { core, env = {} }: { core: number; env?: Record<string, string> },
): Promise<MeasuredProcess> {
  const command = canPin
    ? ['taskset', '-c', String(core), process.execPath, ...args]
    : [process.execPath, ...args];
  const child = spawn(command[0] as string, command.slice(1), {
    env: { ...process.env, NODE_ENV: 'production', ...privateState(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { line } = listenTo(child);
  const url = await line(/ready\D*?(http:\/\/[\d.:]+)/);
  return {
    url,
    pid: child.pid as number,
    line,
    cpuMs: () => cpuMsOf(child.pid as number),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** The text that a process prints, up to a limit. */
function listenTo(child: ChildProcess) {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    if (text.length > 100_000) return;
    text += chunk.toString();
    child.emit('printed');
  });
  return {
    line: (pattern: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null) return;
          child.off('printed', look);
          resolve(match[1] as string);
        };
        child.on('printed', look);
        child.once('exit', (code) => reject(new Error(`The process ended with ${code}:\n${text}`)));
        look();
      }),
  };
}

/** From Linux's process table, in ticks of 10 ms: enough for runs of seconds. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
