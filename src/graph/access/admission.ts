import {
  type GraphQLAbstractType,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { annotationsOf } from '../audiences/annotations.ts';
import type { RequestContext } from '../request-context.ts';
import type { Admission } from './field-access.ts';
import type { Ownership } from './rights.ts';

/**
 * What has to be looked at in each object of a field's value, by the type that the field gives: its owner; and, where the
 * type is known only at run time, whether the audience knows the type at all. Missing objects are null, and stand in no list.
 *
 * @param schema that of an audience
 * @param whole the schema that it was filtered from
 * @returns nothing where every object is everybody's
 */
export function admissionOf(
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  whole: GraphQLSchema,
): Admission | undefined {
  const { of } = annotationsOf(whole);
  if (isObjectType(type)) {
    const owner = of.get(type.name)?.owner;
    return (
      owner && {
        owners: [owner],
        admit: (value, { rights }) => keep(value, (each) => rights.owns(each, owner)),
      }
    );
  }
  const original = whole.getType(type.name);
  if (!isAbstractType(type) || !isAbstractType(original)) return undefined;
  const possible = whole.getPossibleTypes(original).map(({ name }) => name);
  const owners = new Map(possible.flatMap((name) => ownerIn(of, name)));
  const isHiding = possible.some((name) => schema.getType(name) === undefined);
  if (owners.size === 0 && !isHiding) return undefined;
  return {
    owners: [...owners.values()],
    admit: (value, context, info) => keep(value, (each) => isSeen(each, original, context, info)),
  };

  function isSeen(
    object: object,
    abstract: GraphQLAbstractType,
    context: RequestContext,
    info: GraphQLResolveInfo | undefined,
  ): boolean {
    const name = typeNameOf(object, abstract, context, info);
    if (name === undefined || schema.getType(name) === undefined) return false;
    const owner = owners.get(name);
    return owner === undefined || context.rights.owns(object, owner);
  }
}

function ownerIn(
  of: ReadonlyMap<string, { readonly owner?: Ownership }>,
  name: string,
): readonly (readonly [string, Ownership])[] {
  const owner = of.get(name)?.owner;
  return owner === undefined ? [] : [[name, owner]];
}

/** What nobody can tell the type of is not shown. */
function typeNameOf(
  object: object,
  abstract: GraphQLAbstractType,
  context: RequestContext,
  info: GraphQLResolveInfo | undefined,
): string | undefined {
  const name =
    abstract.resolveType && info
      ? abstract.resolveType(object, context, info, abstract)
      : (object as { readonly __typename?: unknown }).__typename;
  return typeof name === 'string' ? name : undefined;
}

/** The value, where nothing of it is missing; else what is left. */
function keep(value: unknown, isSeen: (object: object) => boolean): unknown {
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    let isWhole = true;
    for (const item of value) {
      const seen = keep(item, isSeen);
      if (seen !== item) isWhole = false;
      // What is missing leaves no gap to count; a null that the backend gave stays.
      if (seen !== null || item === null) kept.push(seen);
    }
    return isWhole ? value : kept;
  }
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  return isSeen(value) ? value : null;
}
