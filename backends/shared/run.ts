import { parsePort, portOf, portVariable } from '../ports.ts';
import type { ListenOptions, RunningBackend } from './service.ts';

/**
 * Runs one backend as this process: `node main.js [--port n]`.
 * Says where it listens, stops gracefully on SIGTERM, on SIGINT, or when the parent that started it with an IPC channel
 * is gone (even by SIGKILL), and ends with exit code 1 and one line when it cannot listen, 78 when the port is no port.
 */
export async function runBackend(
  name: string,
  start: (options: ListenOptions) => Promise<RunningBackend>,
): Promise<void> {
  let port: number;
  try {
    port = portArgument(process.argv.slice(2)) ?? portOf(name, process.env);
  } catch (error) {
    return fail(`${name}: ${(error as Error).message}`, 78);
  }
  let backend: RunningBackend;
  try {
    backend = await start({ port });
  } catch (error) {
    return fail(`${name}: ${listenProblem(error as NodeJS.ErrnoException, port)}`, 1);
  }
  console.log(`${name} listening on ${backend.url} (pid ${process.pid})`);
  process.send?.({ listening: backend.url });

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    backend.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  // Ctrl-C reaches the whole group at once: the parent may still need us to finish what it has in flight, and says when.
  process.on('SIGINT', process.send ? () => {} : stop);
  process.on('disconnect', stop);
  // The parent may have gone while this process was starting, before anyone listened.
  if (process.send && !process.connected) stop();
}

function portArgument(args: readonly string[]): number | undefined {
  if (args.length === 0) return undefined;
  const [option, value] = args[0]?.startsWith('--port=') ? ['--port', args[0].slice(7)] : args;
  if (option !== '--port') throw new Error(`The only option is --port n, but "${option}" came.`);
  const port = parsePort(value ?? '');
  if (port === undefined) throw new Error(`--port must be 0 to 65535, but it is "${value ?? ''}".`);
  return port;
}

function listenProblem(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} is in use; stop what listens there, or choose another with --port or ${portVariable}.`;
  }
  if (error.code === 'EACCES') return `port ${port} may not be used by this user; choose one above 1023.`;
  return `cannot listen on port ${port}: ${error.message}`;
}

function fail(line: string, exitCode: number): void {
  console.error(line);
  process.exitCode = exitCode;
  // With an IPC channel open the process would not end by itself.
  process.disconnect?.();
}
