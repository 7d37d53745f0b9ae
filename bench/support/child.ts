import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A server under measurement, in a process of its own. */
export interface MeasuredProcess {
  readonly url: string;
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
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstAddress(child);
  return {
    url,
    cpuMs: () => cpuMsOf(child.pid as number),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function firstAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      if (text.length > 100_000) return;
      text += chunk.toString();
      const ready = /ready\D*?(http:\/\/[\d.:]+)/.exec(text);
      if (ready) resolve(ready[1] as string);
    });
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}:\n${text}`)));
  });
}

/** From Linux's process table, in ticks of 10 ms: enough for runs of seconds. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
