import { Command } from 'commander';
import { ProblemsError } from '../config/problems.ts';
import { makeProject } from './init/make-project.ts';
import { nextSteps } from './init/next-steps.ts';
import { printProblems } from './print-problems.ts';

export function initCommand(): Command {
  return new Command('init')
    .description('Makes a small graph project in an empty folder, ready to be served.')
    .argument('[directory]', 'the empty folder; it is made where there is none', '.')
    .action(init);
}

async function init(directory: string): Promise<void> {
  try {
    const files = await makeProject(directory);
    for (const file of files) console.log(file);
    console.log(nextSteps(directory));
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    printProblems(thrown.problems);
    process.exitCode = 1;
  }
}
