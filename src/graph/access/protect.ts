import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql';
import { type Annotation, annotationsOf } from '../audiences/annotations.ts';
import { type FieldResolver, stepResolver } from '../compile-binding.ts';
import { boundStepOf, madeFromParent, markLike } from '../prefetch/bound-fields.ts';
import type { RequestContext } from '../request-context.ts';
import { admissionOf } from './admission.ts';
import { demand } from './demand.ts';
import { type FieldAccess, isOwned, noteAccess, noteOwned, noteProperty } from './field-access.ts';
import { liftOwnershipBy, type Requirement } from './rights.ts';

/**
 * Lets every field of an audience's schema ask first whether the caller may have it, and take away what the caller may not
 * see of its value. Fields that need neither stay as they are.
 *
 * @param whole the schema that it was filtered from, with its resolvers
 * @param everyOwnerScope the scope that lifts ownership for `INTERNAL` callers; `*` for all of them
 */
export function protect(schema: GraphQLSchema, whole: GraphQLSchema, everyOwnerScope: string): void {
  liftOwnershipBy(schema, everyOwnerScope);
  const admissions = new Map<GraphQLNamedType, FieldAccess['admission']>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const result = getNamedType(field.type);
      if (!admissions.has(result)) admissions.set(result, admissionOf(result, schema, whole));
      const access = {
        requirement: requirementOf(whole, type, field),
        admission: admissions.get(result),
      };
      if (access.requirement !== undefined || access.admission !== undefined)
        field.resolve = protectedResolver(field, access) as NonNullable<typeof field.resolve>;
    }
  }
}

/** What a field's type, the field and the type that it gives require together. */
function requirementOf(
  whole: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): Requirement | undefined {
  const { of } = annotationsOf(whole);
  const places = [type.name, `${type.name}.${field.name}`, getNamedType(field.type).name];
  const found = places.flatMap((coordinate): readonly Annotation[] => {
    const annotation = of.get(coordinate);
    return annotation?.authenticated || annotation?.scopes ? [annotation] : [];
  });
  if (found.length === 0) return undefined;
  return {
    authenticated: found.some(({ authenticated }) => authenticated === true),
    scopes: found.flatMap(({ scopes }) => (scopes === undefined ? [] : [scopes])),
  };
}

function protectedResolver(
  { name, resolve }: GraphQLField<unknown, unknown>,
  access: FieldAccess,
): FieldResolver {
  const step = resolve && boundStepOf(resolve);
  if (step !== undefined) return stepResolver(step, access);
  if (resolve === undefined) return propertyResolver(name, access);
  const guarded: FieldResolver = (parent, args, context, info) => {
    if (access.requirement !== undefined) demand(access.requirement, context);
    const value: unknown = (resolve as unknown as FieldResolver)(parent, args, context, info);
    if (access.admission === undefined) return value;
    return value instanceof Promise
      ? value.then(settledItems).then((settled) => access.admission?.admit(settled, context, info))
      : admitItems(value, (settled) => access.admission?.admit(settled, context, info));
  };
  markLike(guarded, resolve);
  noteAccess(guarded, access);
  if (isOwned(resolve)) noteOwned(guarded);
  return guarded;
}

function propertyResolver(name: string, access: FieldAccess): FieldResolver {
  const { requirement, admission } = access;
  const resolve: FieldResolver = (parent, _args, context: RequestContext, info) => {
    if (requirement !== undefined) demand(requirement, context);
    const value = (parent as Readonly<Record<string, unknown>> | null | undefined)?.[name];
    return admission === undefined ? value : admission.admit(value, context, info);
  };
  noteProperty(resolve);
  noteAccess(resolve, access);
  return madeFromParent(resolve);
}

/** A function may give a list of promises: each must be kept before anybody can tell whose its object is. */
function settledItems(value: unknown): unknown {
  if (!Array.isArray(value) || !value.some((item) => item instanceof Promise)) return value;
  return Promise.all(
    value.map((item: unknown) =>
      item instanceof Promise
        ? item.catch((thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))))
        : item,
    ),
  );
}

function admitItems(value: unknown, admit: (value: unknown) => unknown): unknown {
  const settled = settledItems(value);
  return settled instanceof Promise ? settled.then(admit) : admit(settled);
}
