import { isInterfaceType, isObjectType } from 'graphql';
import { annotationsOf } from '../audiences/annotations.ts';
import { contractProblems } from '../audiences/contracts.ts';
import { exposedTo } from '../audiences/exposed.ts';
import { placeOfNode } from '../place-of-node.ts';
import type { Rule } from './rule.ts';

/** Each audience can use what it sees, and what it sees is valid by itself. */
export const everyAudienceHasAContract: Rule = ({ schema }) =>
  schema === undefined ? [] : contractProblems(schema);

/** Where nothing is to be shown by oversight, each field says for whom it is: itself, or its type. */
export const fieldsNameTheirAudience: Rule = ({ schema, config }) => {
  if (schema === undefined) return [];
  const annotations = annotationsOf(schema);
  return config.access.explicitAudiences.flatMap((audience) => {
    const { types, sees } = exposedTo(schema, annotations, audience);
    return [...types].flatMap((name) => {
      const type = schema.getType(name);
      if (!(isObjectType(type) || isInterfaceType(type)) || annotations.of.get(name)?.audiences) return [];
      return Object.values(type.getFields())
        .map((field) => ({ field, coordinate: `${name}.${field.name}` }))
        .filter(({ coordinate }) => sees(coordinate) && !annotations.of.get(coordinate)?.audiences)
        .map(({ field, coordinate }) => ({
          place: placeOfNode(field.astNode),
          subject: coordinate,
          message: `Nothing says whether \`${audience}\` is to see it, and \`access.explicitAudiences\` asks for that.`,
          mend: 'Add `@audience(only: […])` to the field or its type.',
        }));
    });
  });
};
