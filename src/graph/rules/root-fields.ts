import type { Rule } from './rule.ts';

/** Root fields have no parent that could hold their value: each needs an entry. */
export const rootFieldsHaveEntries: Rule = ({ schema, fields, isPartial }) => {
  // A file that cannot be imported may hold the entry.
  if (schema === undefined || isPartial) return [];
  const withEntry = new Set(fields.map(({ coordinate }) => coordinate));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots
    .flatMap((type) => Object.values(type?.getFields() ?? {}).map((field) => ({ type, field })))
    .filter(({ type, field }) => !withEntry.has(`${type?.name}.${field.name}`))
    .map(({ type, field }) => {
      const at = field.astNode?.loc;
      return {
        place: at ? `${at.source.name}:${at.startToken.line}:${at.startToken.column}` : 'schema',
        subject: `${type?.name}.${field.name}`,
        message: 'The field of a root type has no entry in any resolver file.',
        mend: `Add \`${field.name}\` to \`export const ${type?.name}\` in \`resolvers/\`.`,
      };
    });
};
