import { Command } from 'commander';
import * as engineModule from '../authoring.ts';
import { checkProject } from '../graph/check.ts';
import { printProblems } from './print-problems.ts';

export function checkCommand(): Command {
  return new Command('check')
    .description('Says what is wrong with a graph project, without serving it.')
    .argument('[directory]', 'folder of the graph project', '.')
    .option('--json', 'prints one JSON object, for programs')
    .action(check);
}

async function check(directory: string, { json }: { readonly json?: boolean }): Promise<void> {
  const report = await checkProject(directory, { engineModule, variables: process.env });
  const { problems, notes, types, bindings, operations } = report;
  if (problems.length > 0) process.exitCode = 1;
  if (json) {
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  for (const note of notes) console.log(`note: ${note}`);
  if (problems.length > 0) printProblems(problems);
  else
    console.log(
      `check: no problems in ${counted(types, 'type')}, ${counted(bindings, 'binding')}, ${counted(operations, 'operation')}`,
    );
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
