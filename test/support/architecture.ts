/** Where an import stands, and what it names. */
export interface Import {
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
}

/** The layer table of the design: the rank of a folder or file, and the ranks it may import. */
interface Layer {
  readonly rank: number;
  readonly mayImport: readonly number[];
}

const upTo = (rank: number): number[] => Array.from({ length: rank + 1 }, (_, index) => index);

const layers: Readonly<Record<string, Layer>> = {
  'src/errors.ts': { rank: 0, mayImport: [] },
  'src/util/': { rank: 0, mayImport: [] },
  'src/config/': { rank: 1, mayImport: [0] },
  'src/telemetry/': { rank: 1, mayImport: [0] },
  'src/redis/': { rank: 1, mayImport: [0] },
  'src/caller.ts': { rank: 1, mayImport: [0] },
  'src/formats/': { rank: 2, mayImport: [0] },
  'src/wire/': { rank: 2, mayImport: upTo(1) },
  'src/operations/': { rank: 3, mayImport: upTo(1) },
  'src/transports/': { rank: 4, mayImport: upTo(3) },
  'src/importers/': { rank: 4, mayImport: upTo(2) },
  'src/graph/': { rank: 5, mayImport: upTo(3) },
  'src/access/': { rank: 6, mayImport: upTo(1) },
  'src/execution/': { rank: 7, mayImport: [...upTo(3), 5, 6] },
  'src/http/': { rank: 8, mayImport: [...upTo(1), 6, 7] },
  'src/authoring.ts': { rank: 9, mayImport: upTo(8) },
  'src/tributary.ts': { rank: 9, mayImport: upTo(8) },
  'src/index.ts': { rank: 9, mayImport: upTo(8) },
  'src/cli/': { rank: 10, mayImport: upTo(9) },
};

/** Folders that see the engine as any user does, by the package's name. */
const users = ['schema/', 'resolvers/', 'datasources/', 'examples/', 'tributary.config.ts'];

const network = ['net', 'http', 'https', 'http2', 'tls', 'dgram', 'dns', 'undici'];

/** Every import of a file: static, re-exporting, dynamic, type-only, and types written as `import('…')`. */
export function importsOf(file: string, text: string): readonly Import[] {
  const pattern =
    /(?:^|[\s;}])(?:import|export)\s+(?:type\s+)?(?:[\w*{][^'"`;()=]*?\sfrom\s+)?(['"])([^'"]+)\1|\bimport\(\s*(['"])([^'"]+)\3/g;
  const code = withoutComments(text);
  return [...code.matchAll(pattern)].map((match) => ({
    file,
    line: code.slice(0, match.index + match[0].search(/\S/)).split('\n').length,
    specifier: match[2] ?? match[4] ?? '',
  }));
}

/** What an import breaks; `undefined` where it breaks nothing. */
export function brokenRule(each: Import): string | undefined {
  const { file, specifier } = each;
  const target = resolved(file, specifier);
  if (file.startsWith('examples/web/'))
    return specifier === 'tributary' || (target !== undefined && !target.startsWith('examples/web/'))
      ? 'a page knows the contract alone: it imports only its own files'
      : undefined;
  if (users.some((folder) => file.startsWith(folder))) {
    if (target !== undefined && !users.some((folder) => target.startsWith(folder)))
      return 'a graph project imports the engine by its package name';
    return undefined;
  }
  if (file.startsWith('backends/'))
    return target?.startsWith('src/') || specifier === 'tributary'
      ? 'the backends import nothing of the engine'
      : undefined;
  if (file.startsWith('etl/'))
    return target === undefined || target.startsWith('etl/')
      ? undefined
      : 'the loader of the warehouse is a client of the graph: it imports only its own files';
  if (!file.startsWith('src/')) return undefined;
  if (specifier === 'tributary') return 'the engine does not import itself by its package name';
  if (
    file.startsWith('src/formats/') &&
    network.includes(specifier.replace(/^node:/, '').split('/')[0] ?? '')
  )
    return 'formats know nothing of the network';
  return target === undefined ? undefined : brokenLayer(file, target);
}

function brokenLayer(file: string, target: string): string | undefined {
  if (!target.startsWith('src/')) return 'src imports only itself and packages';
  const [from, to] = [layerOf(file), layerOf(target)];
  if (from === undefined) return 'the file is in no layer';
  if (to === undefined) return 'what it imports is in no layer';
  const [part, targetPart] = [partOf(file), partOf(target)];
  if (part === targetPart) return undefined;
  if (part.startsWith('src/transports/') && targetPart.startsWith('src/transports/'))
    return 'transports never import each other';
  // Files at the top of one rank, such as the wiring and the public API, may import each other; cycles are looked for apart.
  if (from.rank === 9 && to.rank === 9) return undefined;
  if (from.mayImport.includes(to.rank)) return undefined;
  return `rank ${from.rank} may import ${from.mayImport.join(', ') || 'nothing'}, not rank ${to.rank}`;
}

/** Cycles among files, each as the files it runs through. */
export function cyclesIn(imports: readonly Import[]): readonly (readonly string[])[] {
  const targets = new Map<string, string[]>();
  for (const { file, specifier } of imports) {
    const target = resolved(file, specifier);
    if (target !== undefined) targets.set(file, [...(targets.get(file) ?? []), target]);
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file]);
    if (done.has(file) || path.includes(file)) return;
    path.push(file);
    for (const target of targets.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of targets.keys()) visit(file);
  return cycles;
}

/** The first line of a file that is more than a re-export, if there is one. */
export function moreThanReexports(text: string): string | undefined {
  const rest = withoutComments(text).replaceAll(
    /export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s+from\s+(['"])[^'"]+\1;?/g,
    '',
  );
  return rest
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '');
}

/** Comments blanked, lines kept. Strings are left alone, so that `//` in an address is none. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (all, string: string | undefined) => string ?? all.replaceAll(/[^\n]/g, ' '),
  );
}

/** The file that a relative import names, from the root. */
function resolved(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

function layerOf(file: string): Layer | undefined {
  const name = Object.keys(layers).find(
    (prefix) => file === prefix || (prefix.endsWith('/') && file.startsWith(prefix)),
  );
  return name === undefined ? undefined : layers[name];
}

/** The folder that is one part: each transport is a part of its own. */
function partOf(file: string): string {
  const [, folder = '', kind = ''] = file.split('/');
  return folder === 'transports' ? `src/transports/${kind}` : `src/${folder}`;
}
