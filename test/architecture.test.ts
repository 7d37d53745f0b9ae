import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { brokenRule, cyclesIn, type Import, importsOf, moreThanReexports } from './support/architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string): string[] {
  const absolute = path.join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[mc]?tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !file.includes('node_modules/'));
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const files = ['src', 'backends', 'etl', 'schema', 'resolvers', 'datasources', 'examples'].flatMap(
  filesBelow,
);
const imports = files.flatMap((file) => importsOf(file, read(file)));

describe('the repository', () => {
  it('imports downwards only', () => {
    expect(imports.length).toBeGreaterThan(300);
    const broken = imports.flatMap((each) => {
      const rule = brokenRule(each);
      return rule === undefined ? [] : `${each.file}:${each.line} imports ${each.specifier}: ${rule}`;
    });
    expect(broken).toEqual([]);
  });

  it('has no cycles', () => {
    expect(cyclesIn(imports).map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  it('has nothing but re-exports in its public API and in every index.ts', () => {
    const indexes = files.filter((file) => /^src\/(authoring|.*\/?index)\.ts$/.test(file));
    expect(indexes).toContain('src/index.ts');
    expect(indexes.flatMap((file) => moreThanReexports(read(file)) ?? [])).toEqual([]);
  });

  it('has a README in every folder under src', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const transports = ['transports', 'formats'].flatMap((folder) =>
      readdirSync(path.join(root, 'src', folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${folder}/${entry.name}`),
    );
    const places = [...folders.map(({ name }) => name), ...transports];
    // What lies in the folders of these two is described where it lies.
    const without = places.filter((place) => !existsSync(path.join(root, 'src', place, 'README.md')));
    expect(without.filter((place) => place !== 'transports')).toEqual([]);
  });
});

describe('the reader of imports', () => {
  const read = (text: string) =>
    importsOf('src/graph/x.ts', text).map(({ line, specifier }) => [line, specifier]);

  it('sees static, type-only, re-exporting, bare and dynamic imports, over several lines', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      'import {',
      '  c,',
      "} from './c.ts';",
      "export * as d from './d.ts';",
      "export type { E } from './e.ts';",
      "import './f.ts';",
      "const g = await import('./g.ts');",
      "type H = typeof import('./h.ts');",
      "import i, * as j from './i.ts';",
    ].join('\n');
    expect(read(text)).toEqual([
      [1, './a.ts'],
      [2, './b.ts'],
      [3, './c.ts'],
      [6, './d.ts'],
      [7, './e.ts'],
      [8, './f.ts'],
      [9, './g.ts'],
      [10, './h.ts'],
      [11, './i.ts'],
    ]);
  });

  it('takes comments and exported values for no imports', () => {
    expect(
      read("// import './a.ts';\n/* import './b.ts' */\nexport const c = 'from';\nconst url = 'http://x';"),
    ).toEqual([]);
  });
});

describe('the rules', () => {
  const rule = (file: string, specifier: string) => brokenRule({ file, line: 1, specifier });

  it.each([
    ['src/util/a.ts', '../config/setting.ts', /rank 0 may import nothing/],
    ['src/config/a.ts', '../operations/call.ts', /rank 1 .* not rank 3/],
    ['src/operations/a.ts', '../formats/xml/reader.ts', /rank 3 may import 0, 1, not rank 2/],
    ['src/transports/rest/a.ts', '../sql/sql.ts', /never import each other/],
    ['src/transports/rest/a.ts', '../../graph/binding.ts', /rank 4/],
    ['src/graph/a.ts', '../index.ts', /rank 5/],
    ['src/graph/a.ts', 'tributary', /itself/],
    ['src/http/a.ts', '../graph/project.ts', /rank 8/],
    ['src/formats/a.ts', 'node:http', /network/],
    ['src/formats/a.ts', 'undici', /network/],
    ['src/nowhere/a.ts', '../errors.ts', /no layer/],
    ['src/graph/a.ts', '../../backends/rides/main.ts', /only itself/],
    ['backends/rides/a.ts', '../../src/errors.ts', /nothing of the engine/],
    ['etl/a.ts', '../src/index.ts', /own files/],
    ['etl/a.ts', '../backends/rides/main.ts', /own files/],
    ['resolvers/a.ts', '../src/index.ts', /package name/],
    ['examples/one/resolvers/a.ts', '../../../src/index.ts', /package name/],
    ['examples/web/src/a.tsx', 'tributary', /own files/],
    ['examples/web/src/a.tsx', '../../../schema/types.ts', /own files/],
  ])('refuse that %s imports %s', (file, specifier, message) => {
    expect(rule(file, specifier)).toMatch(message);
  });

  it.each([
    ['src/transports/rest/a.ts', '../../wire/client.ts'],
    ['src/transports/rest/a.ts', './b.ts'],
    ['src/cli/start.ts', '../tributary.ts'],
    ['src/index.ts', './tributary.ts'],
    ['src/formats/a.ts', 'saxes'],
    ['resolvers/a.ts', 'tributary'],
    ['resolvers/a.ts', '../datasources/b.ts'],
    ['examples/web/src/a.tsx', './generated/gql.ts'],
    ['examples/web/src/a.tsx', 'urql'],
  ])('allow that %s imports %s', (file, specifier) => {
    expect(rule(file, specifier)).toBeUndefined();
  });

  it('find a cycle through several files', () => {
    const edges: Import[] = [
      { file: 'src/a.ts', line: 1, specifier: './b/c.ts' },
      { file: 'src/b/c.ts', line: 1, specifier: './d.ts' },
      { file: 'src/b/d.ts', line: 1, specifier: '../a.ts' },
      { file: 'src/e.ts', line: 1, specifier: './a.ts' },
    ];
    expect(cyclesIn(edges)).toEqual([['src/a.ts', 'src/b/c.ts', 'src/b/d.ts', 'src/a.ts']]);
    expect(cyclesIn(edges.slice(0, 2))).toEqual([]);
  });

  it('find code in an index', () => {
    expect(
      moreThanReexports("// words\nexport { a, type B } from './a.ts';\nexport * from './b.ts';\n"),
    ).toBeUndefined();
    expect(moreThanReexports("export { a } from './a.ts';\nexport const b = 1;\n")).toBe(
      'export const b = 1;',
    );
  });
});
