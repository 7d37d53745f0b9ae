import { createContext, Script } from 'node:vm';

/** As long as a text gets inside a request's body. */
const length = 50_000;

/** A piece over and over between a beginning and an end: what makes a pattern that backtracks take its time. */
export function pumped(head: string, piece: string, tail: string): string {
  return head + piece.repeat(Math.ceil(length / piece.length)) + tail;
}

/** Pieces that are runs of one thing to one pattern or another. */
export const evilPieces: readonly string[] = [
  ...['a', 'A', '0', '9', ' ', '\t', '\n', '.', '-', ':', '/', '@', '"', "'", '\\', '<', '&', '{', '[', '('],
  ...['%', '=', ',', ';', '$', '+', '?', '#', 'é', '🚕', 'a.', 'a@', '1.', '1,', '-1', '::', 'a-', '%20'],
];

const context = createContext({ work: undefined });
const script = new Script('work()');

/** Milliseconds of CPU that some work takes; infinitely many where it does not end within a fifth of a second. */
export function cpuMsOf(work: () => unknown): number {
  // The time limit of a script reaches into patterns that are at work, whoever made them.
  context.work = work;
  const before = process.cpuUsage();
  try {
    script.runInContext(context, { timeout: 200 });
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return Number.POSITIVE_INFINITY;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The same of the best of three: what others do to the machine counts for nothing. */
export function leastCpuMsOf(work: () => unknown, enoughMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && least > enoughMs; round++) least = Math.min(least, cpuMsOf(work));
  return least;
}
