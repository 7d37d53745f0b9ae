import {
  GraphQLDirective,
  GraphQLEnumType,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from 'graphql';
import type { Audience } from '../../caller.ts';
import { contractDirectiveNames, openDirectiveNames } from '../contract.ts';
import { annotateLike } from './annotations.ts';
import type { Exposed } from './exposed.ts';

/**
 * The part of a schema that an audience sees, as a schema of its own. Resolvers, scalars and whatever else is no type
 * are shared with the original.
 *
 * @returns nothing where the audience sees no query type
 */
export function filteredSchema(
  schema: GraphQLSchema,
  exposed: Exposed,
  audience: Audience,
): GraphQLSchema | undefined {
  const query = schema.getQueryType();
  if (!query || !exposed.types.has(query.name)) return undefined;
  const filtered = new Rebuilding(schema, exposed).schema(audience);
  annotateLike(filtered, schema);
  return filtered;
}

class Rebuilding {
  readonly #schema: GraphQLSchema;
  readonly #exposed: Exposed;
  readonly #types = new Map<string, GraphQLNamedType>();

  constructor(schema: GraphQLSchema, exposed: Exposed) {
    this.#schema = schema;
    this.#exposed = exposed;
  }

  schema(audience: Audience): GraphQLSchema {
    const config = this.#schema.toConfig();
    for (const type of config.types)
      if (this.#exposed.types.has(type.name)) this.#types.set(type.name, this.#rebuilt(type));
    const root = (type: GraphQLObjectType | null | undefined): GraphQLObjectType | null =>
      (type && (this.#types.get(type.name) as GraphQLObjectType | undefined)) ?? null;
    return new GraphQLSchema({
      ...config,
      query: root(config.query),
      mutation: root(config.mutation),
      subscription: root(config.subscription),
      types: [...this.#types.values()],
      directives: config.directives
        .filter((each) => isReadBy(each, audience))
        .map((each) => this.#directive(each)),
      assumeValid: false,
    });
  }

  #rebuilt(type: GraphQLNamedType): GraphQLNamedType {
    if (isObjectType(type)) {
      const config = type.toConfig();
      return new GraphQLObjectType({
        ...config,
        fields: () => this.#fields(type.name, config.fields),
        interfaces: () => this.#all(config.interfaces),
      });
    }
    if (isInterfaceType(type)) {
      const config = type.toConfig();
      return new GraphQLInterfaceType({
        ...config,
        fields: () => this.#fields(type.name, config.fields),
        interfaces: () => this.#all(config.interfaces),
      });
    }
    if (isUnionType(type)) {
      const config = type.toConfig();
      return new GraphQLUnionType({ ...config, types: () => this.#all(config.types) });
    }
    if (isInputObjectType(type)) {
      const config = type.toConfig();
      return new GraphQLInputObjectType({
        ...config,
        fields: () =>
          this.#seen(type.name, config.fields, (field) => ({ ...field, type: this.#type(field.type) })),
      });
    }
    if (isEnumType(type)) {
      const config = type.toConfig();
      return new GraphQLEnumType({
        ...config,
        values: this.#seen(type.name, config.values, (value) => value),
      });
    }
    return type;
  }

  #fields(
    parent: string,
    fields: GraphQLFieldConfigMap<unknown, unknown>,
  ): GraphQLFieldConfigMap<unknown, unknown> {
    return this.#seen(parent, fields, (field, name) => ({
      ...field,
      type: this.#type(field.type),
      args: this.#arguments(`${parent}.${name}`, field.args ?? {}),
    }));
  }

  #arguments(field: string, args: GraphQLFieldConfigArgumentMap): GraphQLFieldConfigArgumentMap {
    return Object.fromEntries(
      Object.entries(args)
        .filter(([name]) => this.#exposed.sees(`${field}(${name}:)`))
        .map(([name, argument]) => [name, { ...argument, type: this.#type(argument.type) }]),
    );
  }

  #directive(directive: GraphQLDirective): GraphQLDirective {
    if (isSpecifiedDirective(directive)) return directive;
    const config = directive.toConfig();
    const args = Object.entries(config.args).map(
      ([name, argument]) => [name, { ...argument, type: this.#type(argument.type) }] as const,
    );
    return new GraphQLDirective({ ...config, args: Object.fromEntries(args) });
  }

  #seen<Value>(
    parent: string,
    values: Readonly<Record<string, Value>>,
    rebuild: (value: Value, name: string) => Value,
  ): Record<string, Value> {
    return Object.fromEntries(
      Object.entries(values)
        .filter(([name]) => this.#exposed.sees(`${parent}.${name}`))
        .map(([name, value]) => [name, rebuild(value, name)]),
    );
  }

  #all<Type extends GraphQLNamedType>(types: readonly Type[]): Type[] {
    return types.flatMap(({ name }) => (this.#types.get(name) as Type | undefined) ?? []);
  }

  /** The rebuilt type; what the contract itself declares is not rebuilt. */
  #type<Type extends GraphQLType>(type: Type): Type {
    if (isListType(type)) return new GraphQLList(this.#type(type.ofType)) as GraphQLType as Type;
    if (isNonNullType(type)) return new GraphQLNonNull(this.#type(type.ofType)) as GraphQLType as Type;
    return (this.#types.get((type as GraphQLNamedType).name) ?? type) as Type;
  }
}

/** Who may ask what is the company's own business: nobody else reads even that there is such a directive. */
function isReadBy({ name }: GraphQLDirective, audience: Audience): boolean {
  if (audience === 'INTERNAL' || !contractDirectiveNames.has(name)) return true;
  return openDirectiveNames.has(name);
}
