import { Command } from 'commander';
import { ProblemsError } from '../../config/problems.ts';
import { isTributaryError } from '../../errors.ts';
import { printProblems } from '../print-problems.ts';
import { openConsole } from './console.ts';
import type { Console } from './console-type.ts';
import { goesOnWith } from './paged.ts';
import { printAnswer } from './print-answer.ts';

interface Common {
  readonly project: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** What a command asks for: the answer is printed. */
export type Ask<Options> = (console: Console, options: Options, ...words: string[]) => Promise<unknown>;

/**
 * A subcommand of `tributary apps`, `keys` … with the options that all of them have.
 *
 * @param usage name and arguments, as commander has them: `create <name>`
 */
export function adminCommand<Options extends object>(
  usage: string,
  description: string,
  ask: Ask<Options>,
): Command {
  const command = new Command(usage.split(' ', 1)[0])
    .description(description)
    .option('--project <directory>', 'graph project whose state database is meant', '.')
    .option('--url <address>', "a server's listener for operators; needs TRIBUTARY_ADMIN_KEY")
    .option('--json', 'prints the answer as JSON');
  for (const [, argument = ''] of usage.matchAll(/ ([<[][^ ]+)/g)) command.argument(argument);
  return command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Options & Common;
    const words = given.slice(0, -2).filter((word) => typeof word === 'string');
    process.exitCode = await run(options, (console) => ask(console, options, ...words), goesOnWith(command));
  });
}

/** @returns the exit code */
async function run(
  { project, url, json = false }: Common,
  ask: (console: Console) => Promise<unknown>,
  nextPage: string | undefined,
): Promise<number> {
  let open: Console | undefined;
  try {
    open = await openConsole({ project, url }, process.env);
    printAnswer(await ask(open), json, nextPage);
    return 0;
  } catch (thrown) {
    if (thrown instanceof ProblemsError) {
      printProblems(thrown.problems);
      return 78; // sysexits.h: EX_CONFIG
    }
    if (!isTributaryError(thrown)) throw thrown;
    console.error(`${thrown.message} (${thrown.code})`);
    return 1;
  } finally {
    await open?.close();
  }
}
