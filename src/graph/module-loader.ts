import path from 'node:path';
import { createJiti } from 'jiti';
import type { Problem } from '../config/problems.ts';
import { toError } from '../errors.ts';

export type Module = Readonly<Record<string, unknown>>;

/** Imports a TypeScript file by its absolute path. */
export type ImportModule = (file: string) => Promise<Module>;

/**
 * Imports a project's TypeScript as it stands, without a build. Whatever the project imports as `tributary` is the
 * engine that runs, and `graphql` is Node's own copy: a second one of either would know nothing of the first one's
 * types.
 *
 * @param engineModule the namespace object of the package's entry
 */
export function typescriptImporter(directory: string, engineModule: object): ImportModule {
  const jiti = createJiti(path.join(directory, 'tributary.config.ts'), {
    virtualModules: { tributary: engineModule },
    nativeModules: ['graphql'],
    interopDefault: false,
    // Compiled text in a shared temporary folder could be changed by another user of the machine.
    fsCache: false,
  });
  return (file) => jiti.import<Module>(file);
}

/**
 * Imports one file of a project.
 *
 * @param file relative to the project
 * @returns what it exports, or what is wrong: the message and the place of what was thrown, never a stack
 */
export async function importFile(
  directory: string,
  file: string,
  importModule: ImportModule,
): Promise<{ readonly exports: Module; readonly problem?: undefined } | { readonly problem: Problem }> {
  try {
    return { exports: await importModule(path.join(directory, file)) };
  } catch (thrown) {
    return { problem: importProblem(directory, file, toError(thrown)) };
  }
}

function importProblem(directory: string, file: string, error: Error): Problem {
  const [message = ''] = withoutPaths(directory, error.message).split('\n');
  const place = placeInProject(directory, error) ?? placeInMessage(file, message);
  const text = message
    .replace(/^\s*(Parse|Syntax)Error:\s*/, '')
    // How the compiled text calls what was imported.
    .replaceAll(/\(0 , _\w+\.(\w+)\)/g, '$1')
    .replace(/(?<![.\s])[.\s]*$/, '.');
  return {
    place,
    message: `${place.startsWith(file) ? 'The file' : `\`${file}\` needs a file that`} cannot be imported: ${text}`,
    mend: 'Mend what the message names.',
  };
}

function withoutPaths(directory: string, text: string): string {
  return text.replaceAll(`file://${directory}/`, '').replaceAll(`${directory}${path.sep}`, '');
}

/** The first frame of the stack that lies in the project. */
function placeInProject(directory: string, error: Error): string | undefined {
  for (const line of withoutPaths(directory, error.stack ?? '')
    .split('\n')
    .slice(1)) {
    const frame =
      /\(?((?:schema|resolvers|datasources|tributary\.config)[^\s():]*\.[mc]?ts):(\d+):(\d+)\)?$/.exec(line);
    if (frame) return frame.slice(1).join(':');
  }
  return undefined;
}

/** A syntax error names its line in its text: `… (3:14)`. */
function placeInMessage(file: string, message: string): string {
  const position = /\((\d+):(\d+)\)\s*$/.exec(message);
  return position ? `${file}:${position[1]}:${position[2]}` : file;
}
