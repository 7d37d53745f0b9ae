import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type DocumentNode, type GraphQLSchema, parse, Source, validate } from 'graphql';
import * as engineModule from '../authoring.ts';
import type { Problem } from '../config/problems.ts';
import { toError } from '../errors.ts';
import { type PlannedCall, type PlannedOperation, plannedCalls } from '../execution/explain/planned-calls.ts';
import { loadProject } from '../graph/project.ts';
import { printProblems } from './print-problems.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description('Prints the backend calls that a query will make, without running it.')
    .argument('<query>', 'file with a GraphQL document')
    .option('--project <directory>', 'folder of the graph project', '.')
    .option('--json', 'prints one JSON object, for programs')
    .action(explain);
}

interface Options {
  readonly project: string;
  readonly json?: boolean;
}

async function explain(file: string, { project: directory, json }: Options): Promise<void> {
  const { project, problems } = await loadProject(directory, { engineModule, variables: process.env });
  const read = project && (await readDocument(file, project.schema));
  if (read === undefined || 'problems' in read) {
    printProblems(read?.problems ?? problems);
    process.exitCode = 1;
    return;
  }
  const operations = plannedCalls(project?.schema as GraphQLSchema, read.document);
  if (json) console.log(JSON.stringify({ operations }, undefined, 2));
  else console.log(operations.map(linesOf).join('\n\n'));
}

async function readDocument(
  file: string,
  schema: GraphQLSchema,
): Promise<{ readonly document: DocumentNode } | { readonly problems: readonly Problem[] }> {
  const problem = (
    thrown: Error & { locations?: readonly { line: number; column: number }[] | undefined },
  ) => {
    const at = thrown.locations?.[0];
    const message = thrown.message.endsWith('.') ? thrown.message : `${thrown.message}.`;
    return {
      place: at === undefined ? file : `${file}:${at.line}:${at.column}`,
      message,
      mend: 'Mend the document, or name another file.',
    };
  };
  try {
    const document = parse(new Source(await readFile(file, 'utf8'), file));
    const errors = validate(schema, document);
    return errors.length === 0 ? { document } : { problems: errors.map(problem) };
  } catch (thrown) {
    return { problems: [problem(toError(thrown))] };
  }
}

function linesOf({ kind, name, calls, policy }: PlannedOperation): string {
  const rows = calls.map((call) => [call.field, call.operation ?? '?', howOften(call), howLong(call)]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const whole =
    policy.obstacle === undefined
      ? `kept for at most ${seconds(policy.maxAgeMs)}, ${policy.scope}`
      : `not kept: ${policy.obstacle}`;
  return [
    `${kind}${name === undefined ? '' : ` ${name}`}`,
    ...table.map((line) => `  ${line}`),
    `  whole answer: ${whole}`,
  ].join('\n');
}

function howOften({ operation, batched, underList, kind }: PlannedCall): string {
  if (operation === undefined) return 'a function decides';
  if (kind === 'write') return 'a write';
  if (!underList) return 'once';
  return batched ? 'under a list, batched' : 'under a list, one request each';
}

function howLong({ operation, ttlMs, scope }: PlannedCall): string {
  if (operation === undefined) return 'unknown until it runs';
  return ttlMs === undefined ? 'not cached' : `cached ${seconds(ttlMs)}, ${scope}`;
}

function seconds(durationMs: number): string {
  return `${durationMs / 1_000} s`;
}
