import type { Command } from 'commander';
import { wholeNumber } from './values.ts';

/** Of a command that lists page by page. */
export interface PageOptions {
  readonly after?: string;
  readonly limit?: number;
}

/** Gives a command the options of a list in pages; its answer has `next` where there are more. */
export function paged(command: Command): Command {
  return command
    .option('--after <place>', 'goes on where a page before ended')
    .option('--limit <count>', 'how many, 1000 at most', wholeNumber);
}

/** With which option the command goes on where a page ended; `undefined` where it has no pages. */
export function goesOnWith({ options }: Command): string | undefined {
  return options.find(({ long }) => long === '--after' || long === '--before')?.long;
}
