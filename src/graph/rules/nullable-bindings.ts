import { isNonNullType } from 'graphql';
import { isSource, type Source, type Sources } from '../binding.ts';
import { isBound } from '../draft.ts';
import type { Rule } from './rule.ts';

/**
 * A field that is null where an input is absent cannot be non-null. The compiler says so too; this finds it where a
 * cast has silenced the compiler.
 */
export const nullableBindings: Rule = ({ fields }) =>
  fields
    .filter(isBound)
    .filter(({ field, entry }) => isNonNullType(field.type) && mayBeAbsent(entry.inputs))
    .map(({ coordinate, place, field }) => ({
      place,
      subject: coordinate,
      message: `An input is taken \`ifPresent\`, so the field may be null; the contract says \`${field.type}\`.`,
      mend: 'Make the field nullable in the schema, or take that source away.',
    }));

function mayBeAbsent(inputs: Sources): boolean {
  return Object.values(inputs).some((source: Source | Sources) => {
    if (!isSource(source)) return mayBeAbsent(source);
    return source.from === 'claim' || (source.from !== 'constant' && source.ifPresent);
  });
}
