import fastify from 'fastify';
import type { Problem } from '../config/problems.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { listen } from './listening.ts';

/**
 * What keeps the listeners from their ports, without opening them: so that a start which fails for another reason can
 * name this one too.
 */
export async function portProblems(config: ServerConfig): Promise<readonly Problem[]> {
  const addresses = [
    { option: 'port', host: config.host, port: config.port },
    { option: 'adminPort', host: config.adminHost, port: config.adminPort },
  ] as const;
  const found = await Promise.all(
    addresses.map(async (address) => {
      const app = fastify();
      const problem = await listen(app, address);
      await app.close();
      return problem;
    }),
  );
  return found.filter((problem) => problem !== undefined);
}
