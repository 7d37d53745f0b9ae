import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLSchema, validateSchema } from 'graphql';
import { ProblemsError } from '../../config/problems.ts';
import { toError } from '../../errors.ts';
import { placeIn } from './document.ts';

/** The schema of a backend, as a file on this machine tells it. */
export interface LocalSchema {
  readonly schema: GraphQLSchema;
  /** Changes with the content of the file. */
  readonly digest: string;
}

/**
 * Reads a file of SDL. Rejects with a `ProblemsError` that names the file and the place in it where it cannot be read or is
 * no schema.
 */
export async function readSchema(file: URL, service: string): Promise<LocalSchema> {
  const name = file.pathname.split('/').at(-1);
  const problem = (message: string) =>
    new ProblemsError([
      { place: service, subject: 'schema', message, mend: `Mend ${name}, or take another copy of it.` },
    ]);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    throw problem(`The file ${name} cannot be read: ${(thrown as NodeJS.ErrnoException).code ?? 'unknown'}.`);
  }
  try {
    const schema = buildSchema(text);
    const [invalid] = validateSchema(schema);
    if (invalid !== undefined) throw invalid;
    return { schema, digest: createHash('sha256').update(text).digest('base64url').slice(0, 8) };
  } catch (thrown) {
    throw problem(`${name} is no schema${placeIn(thrown)}: ${toError(thrown).message}`);
  }
}
