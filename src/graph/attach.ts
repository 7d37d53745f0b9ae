import type { GraphQLSchema } from 'graphql';
import { isBinding } from './binding.ts';
import { compileBinding, type FieldResolver } from './compile-binding.ts';
import type { LoadedField } from './draft.ts';
import type { RequestContext } from './request-context.ts';

/** Gives every field with an entry its `resolve`: the schema can be executed from then on. */
export function attachResolvers(schema: GraphQLSchema, fields: readonly LoadedField[]): void {
  for (const { type, field, entry } of fields) {
    const resolver = isBinding(entry) ? compileBinding(entry) : (entry as FieldResolver);
    field.resolve = (
      type === schema.getMutationType() ? withFreshLoaders(resolver) : resolver
    ) as typeof field.resolve;
  }
}

/** graphql-js runs the root fields of a mutation one after another: each must see what the one before it wrote. */
function withFreshLoaders(resolver: FieldResolver): FieldResolver {
  return (parent, args, context: RequestContext, info) => {
    context.renewLoaders?.();
    return resolver(parent, args, context, info);
  };
}
