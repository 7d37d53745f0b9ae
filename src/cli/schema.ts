import { Command, InvalidArgumentError, Option } from 'commander';
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
      new Option('--audience <audience>', 'what this audience sees of it')
        .choices(choices)
        // As a contract writes it, too.
        .argParser(audienceIn),
    )
    .action(schema);
}

const choices = audiences.map((audience) => audience.toLowerCase());

function audienceIn(text: string): Audience {
  const audience = audiences.find((each) => each === text.toUpperCase());
  if (audience === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  return audience;
}

async function schema(directory: string, { audience }: { readonly audience?: Audience }): Promise<void> {
  const { draft, problems } = await draftProject(directory, { engineModule, variables: process.env });
  if (draft.schema === undefined || problems.length > 0) {
    printProblems(problems);
    process.exitCode = 1;
    return;
  }
  const contract = audience === undefined ? draft.schema : contractsOf(draft.schema).get(audience);
  console.log(contract === undefined ? '# This audience sees nothing.' : printSchema(contract));
}
