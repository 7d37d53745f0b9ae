import { userInfo } from 'node:os';
import path from 'node:path';
import type { Actor } from '../../access/actor.ts';
import { openAccessState } from '../../access/open-state.ts';
import * as engineModule from '../../authoring.ts';
import { ProblemsError } from '../../config/problems.ts';
import { projectConfig } from '../../graph/project.ts';
import { adminRoutes } from '../../http/admin/admin-routes.ts';
import { callRoute } from '../../http/admin/call-route.ts';
import type { AdminRoute } from '../../http/admin/route.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Console } from './console-type.ts';
import { openRemoteConsole } from './remote-console.ts';

export interface ConsoleOptions {
  /** Of the graph project whose state database is meant. */
  readonly project: string;
  /** A server's listener for operators: then it is asked, and the database is not. */
  readonly url?: string | undefined;
}

/**
 * Opens a console: on a server's API where an address is given (with the key of TRIBUTARY_ADMIN_KEY), else on the state
 * database of the graph project. Whoever can open that may do everything; a server that runs on it follows within a second.
 */
export async function openConsole(
  { project, url }: ConsoleOptions,
  variables: NodeJS.ProcessEnv,
): Promise<Console> {
  if (url !== undefined) return openRemoteConsole(url, variables.TRIBUTARY_ADMIN_KEY);
  const directory = path.resolve(project);
  const { config, problems } = await projectConfig(directory, { engineModule, variables });
  if (problems.length > 0) throw new ProblemsError(problems);
  const state = await openAccessState({ config: config.access, directory, variables, log: complaints });
  const routes = new Map(adminRoutes(state).map((route) => [route.name, route]));
  return {
    call: (name, asked = {}) => callRoute(routeOf(routes, name), asked, localActor()),
    close: () => state.close(),
  };
}

function routeOf(routes: ReadonlyMap<string, AdminRoute>, name: string): AdminRoute {
  const route = routes.get(name);
  if (route === undefined) throw new Error(`There is no route \`${name}\`.`);
  return route;
}

/** The account that runs the command: the audit log has its name. */
function localActor(): Actor {
  return { type: 'operator', id: `local:${accountName()}`, agent: 'tributary' };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** A command's own output is its answer: only what is wrong is told beside it. */
const complaints: Log = {
  debug: () => {},
  info: () => {},
  warn: (_fields, message) => console.error(message),
  error: (_fields, message) => console.error(message),
};
