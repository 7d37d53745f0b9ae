import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';

/**
 * Whether a default value holds an enum value or an input field that is not seen: it would count, and introspection could not
 * tell it without naming what is hidden.
 *
 * @param value as graphql-js has it, coerced
 * @param sees by coordinate: `Status.LOST`, `Filter.margin`
 */
export function namesHidden(
  value: unknown,
  type: GraphQLInputType,
  sees: (coordinate: string) => boolean,
): boolean {
  if (value === undefined || value === null) return false;
  if (isNonNullType(type)) return namesHidden(value, type.ofType, sees);
  if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.some((item) => namesHidden(item, type.ofType, sees));
  }
  if (isEnumType(type))
    return type.getValues().some((each) => each.value === value && !sees(`${type.name}.${each.name}`));
  if (!isInputObjectType(type)) return false;
  return Object.values(type.getFields()).some((field) => {
    const member = (value as Readonly<Record<string, unknown>>)[field.name];
    if (member === undefined) return false;
    return !sees(`${type.name}.${field.name}`) || namesHidden(member, field.type, sees);
  });
}
