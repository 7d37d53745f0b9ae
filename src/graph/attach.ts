import { afterOwners } from './access/owned.ts';
import { isBinding } from './binding.ts';
import { compileBinding, type FieldResolver } from './compile-binding.ts';
import type { LoadedField } from './draft.ts';
import { markLike } from './prefetch/bound-fields.ts';

/** Gives every field with an entry its `resolve`: the schema can be executed from then on. */
export function attachResolvers(
  fields: readonly Pick<LoadedField, 'field' | 'entry' | 'coordinate'>[],
): void {
  for (const { field, entry, coordinate } of fields) {
    const resolver = isBinding(entry)
      ? compileBinding(entry, coordinate)
      : explained(entry as FieldResolver, coordinate);
    field.resolve = afterOwners(entry, resolver) as NonNullable<typeof field.resolve>;
  }
}

/** What a function loads is told with its field's coordinate, while the request is explained. */
function explained(resolve: FieldResolver, coordinate: string): FieldResolver {
  const explainable: FieldResolver = (parent, args, context, info) =>
    context.ofField === undefined
      ? resolve(parent, args, context, info)
      : resolve(parent, args, context.ofField(coordinate) as never, info);
  markLike(explainable, resolve);
  return explainable;
}
