import { isBinding } from './binding.ts';
import { compileBinding, type FieldResolver } from './compile-binding.ts';
import type { LoadedField } from './draft.ts';

/** Gives every field with an entry its `resolve`: the schema can be executed from then on. */
export function attachResolvers(fields: readonly LoadedField[]): void {
  for (const { field, entry } of fields) {
    const resolver = isBinding(entry) ? compileBinding(entry) : (entry as FieldResolver);
    field.resolve = resolver as NonNullable<typeof field.resolve>;
  }
}
