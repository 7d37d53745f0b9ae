import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  buildASTSchema,
  concatAST,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  Source,
  validateSchema,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';
import type { Problem } from '../config/problems.ts';
import { contractDocument } from './contract.ts';
import { placeOfNode } from './place-of-node.ts';
import { projectFiles } from './project-files.ts';

export interface SchemaOutcome {
  /** Not executable yet; absent where anything is wrong with it. */
  readonly schema?: GraphQLSchema;
  readonly problems: readonly Problem[];
}

/** Reads every `.graphql` file below `schema/` into one schema. Syntax errors of all files are listed, then what does not fit together. */
export async function readSchema(directory: string): Promise<SchemaOutcome> {
  const files = await projectFiles(directory, 'schema', '.graphql');
  if (files === undefined || files.length === 0) return { problems: [noSchema(files)] };
  const documents: DocumentNode[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const text = await readFile(path.join(directory, file), 'utf8');
    if (text.replaceAll(/#.*/g, '').trim() === '') continue;
    try {
      documents.push(parse(new Source(text, file)));
    } catch (thrown) {
      problems.push(schemaProblem(thrown as GraphQLError, 'Mend the syntax.'));
    }
  }
  if (problems.length > 0) return { problems };
  if (documents.length === 0) return { problems: [noSchema(files)] };
  return build(concatAST([contractDocument, ...documents]));
}

function build(document: DocumentNode): SchemaOutcome {
  const misfits = validateSDL(document);
  if (misfits.length > 0) return { problems: misfits.map((error) => schemaProblem(error, mendOf(error))) };
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  const errors = validateSchema(schema);
  if (errors.length > 0) return { problems: errors.map((error) => schemaProblem(error, mendOf(error))) };
  return { schema, problems: [] };
}

function schemaProblem(error: GraphQLError, mend: string): Problem {
  // Where two definitions clash, the last one is the newcomer.
  const node = error.nodes?.at(-1)?.loc;
  const source = node?.source ?? error.source;
  const at = node ? { line: node.startToken.line, column: node.startToken.column } : error.locations?.[0];
  return {
    place: source === undefined ? 'schema' : at ? `${source.name}:${at.line}:${at.column}` : source.name,
    message: error.message + alsoAt(error),
    mend,
  };
}

/** Where the others stand that have the name of the last one. */
function alsoAt({ message, nodes = [] }: GraphQLError): string {
  if (!/^There can be only one|can only be defined once/.test(message)) return '';
  const others = nodes.slice(0, -1).map(placeOfNode);
  return others.length === 0 ? '' : ` It stands in \`${others.join('`, `')}\` as well.`;
}

function mendOf({ message }: GraphQLError): string {
  if (message.startsWith('Unknown directive')) return 'Declare the directive in the schema, or take it away.';
  if (message.startsWith('There can be only one'))
    return 'Define it once; a second file adds to a type with `extend type`.';
  if (message.includes('can only be defined once')) return 'Keep one of them.';
  if (message.startsWith('Unknown type')) return 'Define the type, or mend its name.';
  if (message.startsWith('Query root type')) return 'Define `type Query`.';
  return 'Mend the schema.';
}

function noSchema(files: readonly string[] | undefined): Problem {
  return {
    place: 'schema',
    message:
      files === undefined ? 'The project has no folder `schema/`.' : 'The folder `schema/` holds no type.',
    mend: 'Write the contract into `schema/*.graphql`, or name the folder of a graph project.',
  };
}
