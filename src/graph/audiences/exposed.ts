import {
  type ASTNode,
  type GraphQLDirective,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from 'graphql';
import type { Audience } from '../../caller.ts';
import { contractDirectiveNames } from '../contract.ts';
import type { Annotations } from './annotations.ts';
import { namesHidden } from './hidden-default.ts';

/** What one audience sees of a contract. */
export interface Exposed {
  /** The names of the types that can be reached from what the audience may ask for. */
  readonly types: ReadonlySet<string>;
  /** Whether an element is seen, by its coordinate: `Ride.driver`, `Query.rides(first:)`, `Status.LOST`. */
  sees(coordinate: string): boolean;
  readonly misfits: readonly Misfit[];
}

/** What an audience sees that it cannot make use of. */
export interface Misfit {
  readonly node: ASTNode | null | undefined;
  readonly subject: string;
  readonly message: string;
  readonly mend: string;
}

/**
 * Walks from the root types to everything that an audience can reach. Each thing that is seen and cannot be used is a
 * misfit: a field that gives a hidden type, a hidden argument that is required, a type with nothing left in it.
 */
export function exposedTo(schema: GraphQLSchema, { of }: Annotations, audience: Audience): Exposed {
  const sees = (coordinate: string): boolean => of.get(coordinate)?.audiences?.has(audience) ?? true;
  const walk = new Walk(schema, sees);
  walk.start();
  return { types: walk.types, sees, misfits: walk.misfits };
}

class Walk {
  readonly types = new Set<string>();
  readonly misfits: Misfit[] = [];
  readonly #schema: GraphQLSchema;
  readonly #sees: (coordinate: string) => boolean;

  constructor(schema: GraphQLSchema, sees: (coordinate: string) => boolean) {
    this.#schema = schema;
    this.#sees = sees;
  }

  start(): void {
    const schema = this.#schema;
    const [query, mutation, subscription] = [
      schema.getQueryType(),
      schema.getMutationType(),
      schema.getSubscriptionType(),
    ];
    if (query && this.#sees(query.name)) this.#visit(query);
    // Whoever may write nothing has no mutations.
    for (const root of [mutation, subscription])
      if (root && this.#sees(root.name) && this.#visibleFields(root).length > 0) this.#visit(root);
    for (const { name, args } of schema.getDirectives().filter(isOfTheProject))
      for (const argument of args) this.#use(argument.type, `@${name}`, argument.astNode);
  }

  #visit(type: GraphQLNamedType): void {
    if (this.types.has(type.name)) return;
    this.types.add(type.name);
    if (isObjectType(type) || isInterfaceType(type)) this.#visitFields(type);
    else if (isUnionType(type)) this.#visitUnion(type);
    else if (isEnumType(type)) this.#visitEnum(type);
    else if (isInputObjectType(type)) this.#visitInput(type);
  }

  #visitFields(type: Extract<GraphQLNamedType, { getInterfaces(): unknown }>): void {
    const fields = this.#visibleFields(type);
    if (fields.length === 0) this.#emptied(type);
    for (const field of fields) this.#visitField(type, field);
    for (const above of type.getInterfaces()) if (this.#sees(above.name)) this.#visit(above);
    if (isInterfaceType(type)) {
      const { objects, interfaces } = this.#schema.getImplementations(type);
      for (const below of [...objects, ...interfaces]) if (this.#sees(below.name)) this.#visit(below);
    }
  }

  #visibleFields(
    type: Extract<GraphQLNamedType, { getInterfaces(): unknown }>,
  ): GraphQLField<unknown, unknown>[] {
    return Object.values(type.getFields()).filter(({ name }) => this.#sees(`${type.name}.${name}`));
  }

  #visitField(parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>): void {
    const coordinate = `${parent.name}.${field.name}`;
    this.#use(field.type, coordinate, field.astNode);
    for (const argument of field.args) {
      const at = `${coordinate}(${argument.name}:)`;
      if (this.#sees(at)) this.#takeInput(argument, at);
      else this.#checkHidden(argument, at);
    }
  }

  #visitUnion(type: GraphQLUnionType): void {
    const members = type.getTypes().filter(({ name }) => this.#sees(name));
    if (members.length === 0) this.#emptied(type);
    for (const member of members) this.#visit(member);
  }

  #visitEnum(type: GraphQLEnumType): void {
    if (!type.getValues().some(({ name }) => this.#sees(`${type.name}.${name}`))) this.#emptied(type);
  }

  #visitInput(type: GraphQLInputObjectType): void {
    const fields = Object.values(type.getFields());
    const visible = fields.filter(({ name }) => this.#sees(`${type.name}.${name}`));
    if (visible.length === 0) this.#emptied(type);
    for (const field of fields) {
      const at = `${type.name}.${field.name}`;
      if (this.#sees(at)) this.#takeInput(field, at);
      else this.#checkHidden(field, at);
    }
  }

  #use(type: Parameters<typeof getNamedType>[0], subject: string, node: ASTNode | null | undefined): void {
    const named = getNamedType(type);
    if (named === undefined) return;
    if (this.#sees(named.name)) this.#visit(named);
    else
      this.misfits.push({
        node,
        subject,
        message: `It is seen, but its type \`${named.name}\` is not.`,
        mend: 'Hide it as well, or show its type.',
      });
  }

  #takeInput({ type, defaultValue, astNode }: Input, subject: string): void {
    this.#use(type, subject, astNode);
    if (!namesHidden(defaultValue, type, this.#sees)) return;
    this.misfits.push({
      node: astNode,
      subject,
      message: 'It is seen, but its default value names what is not.',
      mend: 'Hide it as well, or show what the default value names.',
    });
  }

  /** Nobody can give what is hidden: the engine would have to make up a value, or leave a required one out. */
  #checkHidden({ type, defaultValue, astNode }: Input, subject: string): void {
    if (defaultValue === undefined && !isNonNullType(type)) return;
    this.misfits.push({
      node: astNode,
      subject,
      message:
        defaultValue === undefined
          ? 'It is required, but hidden.'
          : 'It has a default value, which would not count where it is hidden.',
      mend: 'Show it, or let it be nullable and without a default value.',
    });
  }

  #emptied(type: GraphQLNamedType): void {
    this.misfits.push({
      node: type.astNode,
      subject: type.name,
      message: 'It is seen, but nothing that belongs to it is.',
      mend: 'Hide it as well, or show something of it.',
    });
  }
}

function isOfTheProject(directive: GraphQLDirective): boolean {
  return !isSpecifiedDirective(directive) && !contractDirectiveNames.has(directive.name);
}

type Input = Pick<GraphQLInputField, 'type' | 'defaultValue' | 'astNode'>;
