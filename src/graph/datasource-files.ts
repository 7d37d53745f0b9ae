import type { Problem } from '../config/problems.ts';
import { datasourceInfo, isDatasource } from '../operations/datasource.ts';
import type { LoadedDatasource } from './draft.ts';
import type { Module } from './module-loader.ts';

/**
 * Collects the datasources of all files. One may be exported again by another file; two different ones of one name
 * are an error, and so is one that is exported under two names.
 */
export function collectDatasources(modules: ReadonlyMap<string, Module>): {
  readonly datasources: readonly LoadedDatasource[];
  readonly problems: readonly Problem[];
} {
  const datasources: LoadedDatasource[] = [];
  const problems: Problem[] = [];
  for (const [file, exports] of modules) {
    for (const [exportName, datasource] of Object.entries(exports)) {
      if (!isDatasource(datasource)) continue;
      const info = datasource[datasourceInfo];
      const other = datasources.find((known) => known.info.name === info.name);
      if (other === undefined) datasources.push({ datasource, info, file, exportName });
      else if (other.info !== info) problems.push(sameName(file, info.name, other.file));
      else if (other.file === file) problems.push(twoExports(file, info.name, other.exportName, exportName));
    }
  }
  return { datasources, problems };
}

function sameName(file: string, name: string, otherFile: string): Problem {
  return {
    place: file,
    subject: name,
    message: `A datasource of this name is defined ${otherFile === file ? 'twice in this file' : `in \`${otherFile}\` already`}.`,
    mend: 'Give one of the two another name.',
  };
}

function twoExports(file: string, name: string, first: string, second: string): Problem {
  return {
    place: file,
    subject: name,
    message: `The datasource is exported twice, as \`${first}\` and as \`${second}\`.`,
    mend: 'Keep one of the two exports.',
  };
}
