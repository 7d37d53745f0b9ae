import { Command } from 'commander';
import { printSchema } from 'graphql';
import * as engineModule from '../authoring.ts';
import { draftProject } from '../graph/project.ts';
import { printProblems } from './print-problems.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('Prints the contract of a graph project as one document.')
    .argument('[directory]', 'folder of the graph project', '.')
    .action(schema);
}

async function schema(directory: string): Promise<void> {
  const { draft, problems } = await draftProject(directory, { engineModule, variables: process.env });
  if (draft.schema !== undefined && problems.length === 0) {
    console.log(printSchema(draft.schema));
    return;
  }
  printProblems(problems);
  process.exitCode = 1;
}
