import { Command, Option } from 'commander';
import { printSchema } from 'graphql';
import * as engineModule from '../authoring.ts';
import { type Audience, audiences } from '../caller.ts';
import { contractsOf } from '../graph/audiences/contracts.ts';
import { draftProject } from '../graph/project.ts';
import { printProblems } from './print-problems.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('Prints the contract of a graph project as one document.')
    .argument('[directory]', 'folder of the graph project', '.')
    .addOption(
      new Option('--audience <audience>', 'what this audience sees of it').choices(
        audiences.map((audience) => audience.toLowerCase()),
      ),
    )
    .action(schema);
}

async function schema(directory: string, { audience }: { readonly audience?: string }): Promise<void> {
  const { draft, problems } = await draftProject(directory, { engineModule, variables: process.env });
  if (draft.schema === undefined || problems.length > 0) {
    printProblems(problems);
    process.exitCode = 1;
    return;
  }
  const contract =
    audience === undefined ? draft.schema : contractsOf(draft.schema).get(audience.toUpperCase() as Audience);
  console.log(contract === undefined ? '# This audience sees nothing.' : printSchema(contract));
}
