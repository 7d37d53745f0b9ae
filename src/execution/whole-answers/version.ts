import { createHash } from 'node:crypto';
import { type GraphQLSchema, isObjectType, printSchema } from 'graphql';
import { accessOf } from '../../graph/access/field-access.ts';
import { boundStepOf, originalOf } from '../../graph/prefetch/bound-fields.ts';

/**
 * Changes whenever the contract, its guards, a bound operation or the text of a resolver function does, so that a new release never
 * gives an old release's whole answers.
 */
export function versionOf(schema: GraphQLSchema): string {
  const hash = createHash('sha256').update(printSchema(schema));
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve === undefined) continue;
      const access = accessOf(field.resolve);
      const guarded =
        access === undefined ? '' : JSON.stringify([access.requirement, access.admission?.owners]);
      const step = boundStepOf(originalOf(field.resolve));
      const decides =
        step === undefined
          ? String(originalOf(field.resolve))
          : `${step.operation.info.name}@${step.operation.info.version}`;
      hash.update(`\n${type.name}.${field.name} ${decides} ${guarded}`);
    }
  }
  return hash.digest('base64url').slice(0, 12);
}
