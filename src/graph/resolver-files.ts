import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import type { Problem } from '../config/problems.ts';
import { isBinding } from './binding.ts';
import type { LoadedField } from './draft.ts';
import { placeOfEntry } from './entry-places.ts';
import type { Module } from './module-loader.ts';
import { implementScalar } from './scalars.ts';

/** The text of a resolver file, to find lines in. */
export type TextOf = (file: string) => string;

export interface Entries {
  readonly fields: readonly LoadedField[];
  /** Scalars that a resolver file implements. */
  readonly implementedScalars: ReadonlySet<GraphQLScalarType>;
  readonly problems: readonly Problem[];
}

interface Collected {
  readonly fields: LoadedField[];
  readonly implementedScalars: Set<GraphQLScalarType>;
  readonly problems: Problem[];
}

/**
 * Puts the exports of all resolver files onto the schema: each export is named like a type. Several files may add to
 * one type, but not to one field. Functions whose names begin with a small letter are helpers that files share.
 */
export function collectEntries(
  schema: GraphQLSchema,
  modules: ReadonlyMap<string, Module>,
  textOf: TextOf,
): Entries {
  const collected: Collected = { fields: [], implementedScalars: new Set(), problems: [] };
  for (const [file, exports] of modules) {
    for (const [name, value] of Object.entries(exports)) {
      if (isHelper(schema, name, value)) continue;
      const place = placeOfEntry(file, textOf(file), name);
      const type = schema.getType(name);
      if (type === undefined) collected.problems.push(noType(place, name, schema));
      else addExport(collected, type, value, place, (field) => placeOfEntry(file, textOf(file), name, field));
    }
  }
  return collected;
}

/** Every binding of the resolver files, whatever the contract says: for what can be told without one. */
export function looseBindings(
  modules: ReadonlyMap<string, Module>,
  textOf: TextOf,
): readonly Pick<LoadedField, 'coordinate' | 'place' | 'entry'>[] {
  const found: Pick<LoadedField, 'coordinate' | 'place' | 'entry'>[] = [];
  for (const [file, exports] of modules) {
    for (const [type, value] of Object.entries(exports)) {
      if (typeof value !== 'object' || value === null) continue;
      for (const [field, entry] of Object.entries(value)) {
        if (!isBinding(entry)) continue;
        found.push({
          coordinate: `${type}.${field}`,
          place: placeOfEntry(file, textOf(file), type, field),
          entry,
        });
      }
    }
  }
  return found;
}

function addExport(
  collected: Collected,
  type: GraphQLNamedType,
  value: unknown,
  place: string,
  placeOfField: (field: string) => string,
): void {
  if (isScalarType(type) && !isSpecifiedScalarType(type)) {
    addScalar(collected, type, value, place);
  } else if (!isObjectType(type) && !isAbstractType(type)) {
    collected.problems.push({
      place,
      subject: type.name,
      message: 'Enums, input types and the built-in scalars have no resolvers.',
      mend: 'Take the export away.',
    });
  } else if (typeof value !== 'object' || value === null) {
    collected.problems.push({
      place,
      subject: type.name,
      message: `Expected an object with an entry for each field, but got ${described(value)}.`,
      mend: `Write \`export const ${type.name}: Fields<'${type.name}'> = { … }\`.`,
    });
  } else {
    for (const [name, entry] of Object.entries(value)) {
      if (name === '__resolveType' || isAbstractType(type))
        addTypeResolver(collected, type, name, entry, place);
      else addField(collected, type, name, entry, placeOfField(name));
    }
  }
}

function addField(
  { fields, problems }: Collected,
  type: GraphQLObjectType,
  name: string,
  entry: unknown,
  place: string,
): void {
  const coordinate = `${type.name}.${name}`;
  const field = type.getFields()[name];
  const earlier = fields.find((known) => known.coordinate === coordinate);
  if (field === undefined) {
    problems.push({
      place,
      subject: coordinate,
      message: `The contract has no field \`${coordinate}\`.`,
      mend: `Mend the name, or add the field to the schema. The fields are: ${Object.keys(type.getFields()).join(', ')}.`,
    });
  } else if (earlier !== undefined) {
    problems.push({
      place,
      subject: coordinate,
      message: `The field has an entry in \`${earlier.place}\` already.`,
      mend: 'Keep one of the two entries.',
    });
  } else if (isBinding(entry) || typeof entry === 'function') {
    fields.push({ coordinate, place, type, field, entry: entry as LoadedField['entry'] });
  } else {
    problems.push({
      place,
      subject: coordinate,
      message: `Expected a binding or a function, but got ${described(entry)}.`,
      mend: 'Write `bind(…)`, or a resolver function.',
    });
  }
}

function addTypeResolver(
  { problems }: Collected,
  type: GraphQLNamedType,
  name: string,
  entry: unknown,
  place: string,
): void {
  if (isAbstractType(type) && name === '__resolveType' && typeof entry === 'function') {
    type.resolveType = entry as never;
    return;
  }
  problems.push({
    place,
    subject: `${type.name}.${name}`,
    message: isAbstractType(type)
      ? 'An interface or a union has one entry: the function `__resolveType`.'
      : 'Only interfaces and unions have a `__resolveType`.',
    mend: 'Take the entry away.',
  });
}

function addScalar(
  { implementedScalars, problems }: Collected,
  type: GraphQLScalarType,
  value: unknown,
  place: string,
): void {
  if (Object.prototype.toString.call(value) === '[object GraphQLScalarType]') {
    implementScalar(type, value as GraphQLScalarType);
    implementedScalars.add(type);
    return;
  }
  problems.push({
    place,
    subject: type.name,
    message: `Expected a \`GraphQLScalarType\`, but got ${described(value)}.`,
    mend: 'Export `new GraphQLScalarType({ … })`.',
  });
}

function isHelper(schema: GraphQLSchema, name: string, value: unknown): boolean {
  return typeof value === 'function' && /^[a-z]/.test(name) && name !== 'default' && !schema.getType(name);
}

function noType(place: string, name: string, schema: GraphQLSchema): Problem {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__'),
  );
  return {
    place,
    subject: name,
    message: `The contract has no type \`${name}\`, and a resolver file exports nothing else.`,
    mend: `Mend the name, or add the type to the schema. The types are: ${types.join(', ')}.`,
  };
}

function described(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
