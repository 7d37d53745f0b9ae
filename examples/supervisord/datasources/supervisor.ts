import { env, method, procedure, rpc, xmlrpc } from 'tributary';

/** A process as supervisord tells it. Times are seconds since 1970; 0 is never. */
export interface ProcessInfo {
  readonly name: string;
  readonly group: string;
  readonly statename: string;
  readonly description: string;
  readonly start: number;
  readonly stop: number;
  readonly pid: number;
}

/** supervisord itself: each of its fields is a method of its own. */
export type Daemon = Record<never, never>;

interface Id {
  readonly id: string;
}

const { array, boolean, fixed, int, string, struct } = rpc;

/** What is declared is checked: an answer that lacks it is an error and not a value without it. */
const processInfo = struct({
  name: string(),
  group: string(),
  statename: string(),
  description: string(),
  start: int(),
  stop: int(),
  pid: int(),
});

/**
 * supervisord's XML-RPC interface (http://supervisord.org/api.html). Credentials go into the address:
 * `http://user:password@host:9001/RPC2`.
 */
export const supervisor = xmlrpc('supervisor', {
  url: env('SUPERVISOR_URL', 'http://127.0.0.1:9001/RPC2'),
  // supervisord leaves out the array that the convention puts around each result.
  multicall: 'bare',
  onFault: {
    10: 'NOT_FOUND', // BAD_NAME
    60: 'CONFLICT', // ALREADY_STARTED
    70: 'CONFLICT', // NOT_RUNNING
  },
  operations: {
    identification: method<object, string>('supervisor.getIdentification', { result: string() }),
    version: method<object, string>('supervisor.getSupervisorVersion', { result: string() }),
    pid: method<object, number>('supervisor.getPID', { result: int() }),
    state: method<object, { statename: string }>('supervisor.getState', {
      result: struct({ statename: string() }),
    }),
    processes: method<object, readonly ProcessInfo[]>('supervisor.getAllProcessInfo', {
      result: array(processInfo),
    }),
    process: method<Id, ProcessInfo | null>('supervisor.getProcessInfo', {
      params: [string('id')],
      result: processInfo,
      onFault: { 10: null },
    }),
    // Text, the offset after it, and whether there was more. 0 is the end, told from the end.
    output: method<Id & { characters: number }, readonly [string, number, boolean] | null>(
      'supervisor.tailProcessStdoutLog',
      { params: [string('id'), fixed(0), int('characters')], onFault: { 20: null } }, // NO_FILE
    ),
    start: procedure<Id, boolean>('supervisor.startProcess', {
      params: [string('id')],
      result: boolean(),
      timeoutMs: 30_000,
    }),
    stop: procedure<Id, boolean>('supervisor.stopProcess', {
      params: [string('id')],
      result: boolean(),
      timeoutMs: 30_000,
    }),
  },
});
