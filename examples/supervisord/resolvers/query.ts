import { argument, bind } from 'tributary';
import { supervisor } from '../datasources/supervisor.ts';
import type { Fields } from '../schema/types.generated.ts';

export const Query: Fields<'Query'> = {
  supervisor: () => ({}),
  processes: bind(supervisor.processes, {}),
  process: bind(supervisor.process, { id: argument('id') }),
};

export const Supervisor: Fields<'Supervisor'> = {
  identification: bind(supervisor.identification, {}),
  version: bind(supervisor.version, {}),
  pid: bind(supervisor.pid, {}),
  state: async (_, __, { load }) => (await load(supervisor.state, {})).statename,
};

export const Mutation: Fields<'Mutation'> = {
  async startProcess(_, { id }, { load }) {
    await load(supervisor.start, { id });
    return load(supervisor.process, { id });
  },
  async stopProcess(_, { id }, { load }) {
    await load(supervisor.stop, { id });
    return load(supervisor.process, { id });
  },
};
