import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the compiler says of programs that stand where a user's would, in one run. */
async function compile(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(root, 'examples', '.docs-'));
  try {
    for (const [name, program] of Object.entries(programs))
      await writeFile(join(folder, `${name}.ts`), program);
    const settings = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const compiler = join(root, 'node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(compiler, ['--noEmit', '-p', folder]).catch(
      (failed: { stdout: string }) => failed,
    );
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All that a page shows in TypeScript, in order. */
async function programsOf(page: string): Promise<readonly string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8');
  const programs = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);
  if (programs.length === 0) throw new Error(`docs/${page} holds no program.`);
  return programs;
}

async function firstProgram(page: string): Promise<string> {
  return (await programsOf(page))[0] as string;
}

describe('the datasource that a page begins with', () => {
  let said: string;
  beforeAll(async () => {
    const [soap, xmlRpc, graphql] = await Promise.all(
      ['soap.md', 'xml-rpc.md', 'graphql.md'].map(firstProgram),
    );
    const [rest, restXml, restSchema, restForward, ...more] = await programsOf('rest.md');
    if (restForward === undefined || more.length > 0)
      throw new Error('docs/rest.md shows another number of programs than are compiled here.');
    // The third takes the place of the shape in the one before it; the last one is options alone.
    const withShape = `import { xml } from 'tributary';\ninterface Vehicle { readonly plate: string }\n${restSchema}`;
    const forwarding = `import type { ForwardingOptions } from 'tributary';\nexport const options: ForwardingOptions = {\n${restForward}};`;
    const misspelt = soap!.replace('timeoutMs', 'timeoutSeconds');
    said = await compile({
      soap: soap!,
      xmlRpc: xmlRpc!,
      graphql: graphql!,
      rest: rest!,
      restXml: restXml!,
      restSchema: withShape,
      restForward: forwarding,
      misspelt,
    });
  });

  it.each([
    ['docs/soap.md', 'soap.ts'],
    ['docs/xml-rpc.md', 'xmlRpc.ts'],
    ['docs/graphql.md', 'graphql.ts'],
    ['docs/rest.md', 'rest.ts'],
    ['docs/rest.md, its XML', 'restXml.ts'],
    ['docs/rest.md, its schema', 'restSchema.ts'],
    ['docs/rest.md, what the client sent', 'restForward.ts'],
  ])('compiles: %s', (_, file) => {
    expect(said.split('\n').filter((line) => line.includes(`/${file}(`))).toEqual([]);
  });

  it('would not compile if an option were misspelt', () => {
    expect(said).toMatch(/misspelt\.ts\(.*timeoutSeconds/);
  });
});
