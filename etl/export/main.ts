import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GraphError, openGraph } from '../graph.ts';
import { connectionOf, QueryError } from './connection.ts';
import { exportQuery } from './export.ts';
import { type FormatName, formatNames, formatOf } from './formats.ts';
import { exportName, fileOutput, OutputError, standardOutput } from './output.ts';

const help = `npm run export -- QUERY.graphql [options]

Writes a paged query, page after page, as NDJSON or CSV. The query selects one connection with \`pageInfo { hasNextPage endCursor }\`
and takes the cursor from a variable: \`rides(first: 200, after: $after)\`.

  --variables JSON   the query's variables; @FILE reads them from a file
  --format NAME      ndjson or csv (ndjson)
  --out FILE         the file; stopped half way, the same command goes on with it. Without it: the standard output
  --url URL          the graph's endpoint (TRIBUTARY_URL, http://127.0.0.1:4000/graphql)

TRIBUTARY_API_KEY is sent as X-API-Key.`;

/** The command line is wrong; the message says how. */
class UsageError extends Error {}

interface Options {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly format: FormatName;
  readonly out: string | undefined;
  readonly url: string;
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [file, more] = positionals;
  if (file === undefined || more !== undefined) throw new UsageError('Name one file with a query.');
  const format = formatNames.find((name) => name === (values.format ?? 'ndjson'));
  if (format === undefined) throw new UsageError(`--format must be one of ${formatNames.join(', ')}.`);
  return {
    query: textOf(file),
    variables: variablesOf(values.variables),
    format,
    out: values.out,
    url: values.url ?? (process.env.TRIBUTARY_URL || 'http://127.0.0.1:4000/graphql'),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { variables: text, format: text, out: text, url: text },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function variablesOf(given: string | undefined): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  const text = given.startsWith('@') ? textOf(given.slice(1)) : given;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw new UsageError('--variables must be a JSON object, or @ and a file that holds one.');
}

/** Codes: 0 whole, 1 stopped half way, 78 the command line or the query. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(help);
    return 0;
  }
  try {
    const { query, variables, format: name, out, url } = optionsOf(args);
    const connection = connectionOf(query);
    const format = formatOf(name, connection);
    const graph = openGraph({ url, apiKey: process.env.TRIBUTARY_API_KEY });
    const output =
      out === undefined
        ? standardOutput()
        : await fileOutput(out, exportName([query, variables, name]), format.head);
    if (out === undefined && format.head !== '') await output.write(format.head, 0, null);
    if (output.rows > 0) console.error(`export: ${output.rows} are in ${out} already`);
    try {
      const rows = await exportQuery(graph, query, variables, connection, format, output, (count) =>
        console.error(`export: ${count} written`),
      );
      console.error(`export: done, ${rows} in all`);
    } finally {
      await output.close();
    }
    return 0;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Whoever read the standard output has read enough.
    if (code === 'EPIPE') return 0;
    console.error(`export: ${message}`);
    if (error instanceof UsageError) console.error(`\n${help}`);
    if (error instanceof GraphError)
      console.error('export: with --out, what is written stays; the same command goes on.');
    return error instanceof UsageError || error instanceof QueryError || error instanceof OutputError
      ? 78
      : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
