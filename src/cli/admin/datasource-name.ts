import path from 'node:path';
import * as engineModule from '../../authoring.ts';
import { TributaryError } from '../../errors.ts';
import { datasourceNames } from '../../graph/project.ts';

/**
 * Looks whether the graph project has a datasource of that name: in an incident a misspelt one would look as if something
 * had been done. The state database knows no graph, and may be used where none is at hand; then it is only said that nobody
 * looked, for a switch that may be right must not wait.
 *
 * @returns what to warn of; `undefined` where the project has it
 * @throws rejects with `NOT_FOUND` where all datasources of the project are known, and it is not one
 */
export async function checkDatasourceName(project: string, name: string): Promise<string | undefined> {
  const { names, isComplete } = await datasourceNames(path.resolve(project), { engineModule });
  if (names.has(name)) return undefined;
  if (isComplete) throw new TributaryError('NOT_FOUND', notThere(names));
  return (
    `Nobody checked that there is a datasource \`${name}\`: this command works on the state database, and the datasources of ` +
    'a graph project were not to be had here. A misspelt name switches nothing off. ' +
    "With `--url` and a server's listener for operators the server checks it; `--project` names the folder of a graph."
  );
}

function notThere(names: ReadonlySet<string>): string {
  const all = [...names].map((each) => `\`${each}\``).join(', ');
  return `There is no such datasource in the graph project; there are ${all}. Where a server serves another graph, ask it with \`--url\`.`;
}
