import { operationsOf } from '../../operations/datasource.ts';
import { isBound, type ProjectDraft } from '../draft.ts';

/**
 * The operations that no binding names and no resolver file mentions as `datasource.operation`. Worth a note only:
 * functions are searched as text.
 *
 * @param resolverTexts the texts of all resolver files
 */
export function unusedOperations(
  { datasources, fields }: ProjectDraft,
  resolverTexts: readonly string[],
): readonly string[] {
  const bound = new Set(fields.filter(isBound).map(({ entry }) => entry.operation?.info));
  return datasources.flatMap(({ datasource, info, exportName }) =>
    operationsOf(datasource)
      .filter((operation) => !bound.has(operation.info))
      .map((operation) => operation.info.name.slice(info.name.length + 1))
      .filter((key) => !resolverTexts.some((text) => new RegExp(`\\b${exportName}\\.${key}\\b`).test(text)))
      .map((key) => `${info.name}.${key}`),
  );
}
