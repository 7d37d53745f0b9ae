import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTributary, type Tributary } from '../../src/tributary.ts';
import { privateState } from '../support/private-state.ts';

/** The folder of an example. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

export interface GraphAnswer {
  readonly data: Record<string, unknown> | null;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly {
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string };
  }[];
}

export interface ExampleGraph {
  ask(query: string, variables?: object, headers?: Record<string, string>): Promise<GraphAnswer>;
  close(): Promise<void>;
}

/** Serves an example on free ports, as `tributary start` would. */
export async function serveExample(name: string, variables: NodeJS.ProcessEnv): Promise<ExampleGraph> {
  const tributary: Tributary = await startTributary({
    directory: example(name),
    variables: { PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'error', ...privateState(), ...variables },
  });
  return {
    async ask(query, values = {}, headers = {}) {
      const response = await fetch(tributary.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables: values }),
      });
      return (await response.json()) as GraphAnswer;
    },
    close: () => tributary.close(),
  };
}

/** What codegen makes of an example's contract now, and what is committed. */
export async function generatedTypes(name: string): Promise<{ made: string; committed: string }> {
  const folder = example(name);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // Beside the examples, so that what is generated is resolved from the same place.
  const copy = await mkdtemp(join(root, 'examples', '.drift-'));
  try {
    for (const entry of ['codegen.yml', 'datasources']) await symlink(join(folder, entry), join(copy, entry));
    await cp(join(folder, 'schema'), join(copy, 'schema'), { recursive: true });
    const codegen = join(root, 'node_modules/.bin/graphql-codegen');
    await promisify(execFile)(codegen, ['--config', 'codegen.yml'], { cwd: copy });
    const [made = '', committed = ''] = await Promise.all(
      [copy, folder].map((each) => readFile(join(each, 'schema/types.generated.ts'), 'utf8')),
    );
    return { made, committed };
  } finally {
    await rm(copy, { recursive: true });
  }
}
