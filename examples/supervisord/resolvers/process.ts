import { supervisor } from '../datasources/supervisor.ts';
import type { Fields, ProcessState } from '../schema/types.generated.ts';

const states: readonly string[] = [
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
];

export const Process: Fields<'Process'> = {
  id: ({ group, name }) => `${group}:${name}`,
  state: ({ statename }) => (states.includes(statename) ? (statename as ProcessState) : 'UNKNOWN'),
  pid: ({ pid }) => (pid === 0 ? null : pid),
  startedAt: ({ start }) => timeOf(start),
  stoppedAt: ({ stop }) => timeOf(stop),
  /** The outputs of a whole list are asked in one tick: they travel in one multicall. */
  output: async ({ group, name }, { characters }, { load }) =>
    (await load(supervisor.output, { id: `${group}:${name}`, characters }))?.[0] ?? null,
};

function timeOf(seconds: number): string | null {
  return seconds === 0 ? null : new Date(seconds * 1_000).toISOString();
}
