import {
  type ConstDirectiveNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getDirectiveValues,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Audience } from '../../caller.ts';
import type { Problem } from '../../config/problems.ts';
import { placeOfNode } from '../place-of-node.ts';

/** What the directives of the contract say of one element of it. */
export interface Annotation {
  /** Who sees it; absent: whoever sees what it belongs to. */
  readonly audiences?: ReadonlySet<Audience>;
  readonly authenticated?: boolean;
  /** One of the lists is needed, whole. */
  readonly scopes?: readonly (readonly string[])[];
  readonly sensitive?: boolean;
  readonly owner?: Owner;
  readonly weight?: number;
  readonly listSize?: ListSize;
}

export interface Owner {
  /** A property of the source shape. */
  readonly field: string;
  readonly claim: string;
}

export interface ListSize {
  readonly assumedSize?: number | undefined;
  readonly slicingArguments: readonly string[];
  readonly requireOneSlicingArgument: boolean;
  readonly sizedFields: readonly string[];
}

/** By coordinate: `Ride`, `Ride.driver`, `Query.rides(first:)`, `Status.LOST`. Only what says something. */
export interface Annotations {
  readonly of: ReadonlyMap<string, Annotation>;
  /** Directives that cannot be read, and types that contradict an interface that they implement. */
  readonly conflicts: readonly Problem[];
}

const known = new WeakMap<GraphQLSchema, Annotations>();

/**
 * What the directives of a contract say, with what interfaces say passed on to whatever implements them: a guard that
 * stood at the interface alone could be walked around by asking for the object.
 */
export function annotationsOf(schema: GraphQLSchema): Annotations {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const read = new Reading(schema).annotations();
  known.set(schema, read);
  return read;
}

/** Lets a schema that was made of another one be read like that one. */
export function annotateLike(schema: GraphQLSchema, original: GraphQLSchema): void {
  known.set(schema, annotationsOf(original));
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

class Reading {
  readonly #schema: GraphQLSchema;
  readonly #of = new Map<string, Annotation>();
  readonly #conflicts: Problem[] = [];

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  annotations(): Annotations {
    const types = Object.values(this.#schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    for (const type of types) this.#readType(type);
    for (const type of types) if (isObjectType(type) || isInterfaceType(type)) this.#inherit(type);
    return { of: this.#of, conflicts: this.#conflicts };
  }

  #readType(type: GraphQLNamedType): void {
    this.#note(type.name, [...(type.astNode ? [type.astNode] : []), ...type.extensionASTNodes]);
    if (isEnumType(type))
      for (const { name, astNode } of type.getValues()) this.#note(`${type.name}.${name}`, [astNode]);
    if (isInputObjectType(type))
      for (const { name, astNode } of Object.values(type.getFields()))
        this.#note(`${type.name}.${name}`, [astNode]);
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    for (const { name, astNode, args } of Object.values(type.getFields())) {
      this.#note(`${type.name}.${name}`, [astNode]);
      for (const argument of args) this.#note(`${type.name}.${name}(${argument.name}:)`, [argument.astNode]);
    }
  }

  #note(coordinate: string, nodes: readonly (Annotated | null | undefined)[]): void {
    const directives = nodes.flatMap((node) => node?.directives ?? []);
    if (directives.length === 0) return;
    const values = (name: string): Record<string, unknown> | undefined => {
      const definition = this.#schema.getDirective(name);
      if (!definition) return undefined;
      try {
        return getDirectiveValues(definition, { directives });
      } catch (thrown) {
        this.#misread(coordinate, name, directives, thrown as Error);
        return undefined;
      }
    };
    const annotation = annotationFrom(values);
    if (Object.keys(annotation).length > 0) this.#of.set(coordinate, annotation);
  }

  /** graphql-js checks the names of a directive's arguments with the schema, but their values not. */
  #misread(
    coordinate: string,
    name: string,
    directives: readonly ConstDirectiveNode[],
    { message }: Error,
  ): void {
    this.#conflicts.push({
      place: placeOfNode(directives.find((node) => node.name.value === name)),
      subject: coordinate,
      message: `\`@${name}\` cannot be read: ${message}`,
      mend: 'Mend the value.',
    });
  }

  #inherit(type: Parameters<GraphQLSchema['getImplementations']>[0] | GraphQLNamedType): void {
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    for (const above of type.getInterfaces()) {
      this.#take(type.name, above.name, type.astNode);
      for (const { name, args } of Object.values(above.getFields())) {
        const field = type.getFields()[name];
        if (!field) continue;
        const [own, from] = [`${type.name}.${name}`, `${above.name}.${name}`];
        this.#take(own, from, field.astNode);
        for (const argument of args) {
          const at = `(${argument.name}:)`;
          this.#take(own + at, from + at, field.args.find(({ name }) => name === argument.name)?.astNode);
        }
      }
    }
  }

  #take(coordinate: string, from: string, node: Parameters<typeof placeOfNode>[0]): void {
    const above = this.#of.get(from);
    if (above === undefined) return;
    const own = this.#of.get(coordinate) ?? {};
    const contradicted = contradictionOf(own, above);
    if (contradicted !== undefined)
      this.#conflicts.push({
        place: placeOfNode(node),
        subject: coordinate,
        message: `Its \`@${contradicted}\` contradicts that of \`${from}\`, which it implements.`,
        mend: 'Say the same in both places, or say it at the interface alone.',
      });
    this.#of.set(coordinate, { ...above, ...own });
  }
}

function annotationFrom(values: (name: string) => Record<string, unknown> | undefined): Annotation {
  const [audience, scopes, owner] = [values('audience'), values('requiresScopes'), values('owner')];
  const [cost, listSize] = [values('cost'), values('listSize')];
  return {
    ...(audience && { audiences: new Set(audience.only as Audience[]) }),
    ...(values('authenticated') && { authenticated: true }),
    ...(scopes && { scopes: scopes.scopes as string[][] }),
    ...(values('sensitive') && { sensitive: true }),
    ...(owner && { owner: { field: String(owner.field), claim: String(owner.claim) } }),
    ...(cost && { weight: Number(cost.weight) }),
    ...(listSize && { listSize: listSizeFrom(listSize) }),
  };
}

function listSizeFrom(values: Record<string, unknown>): ListSize {
  const { assumedSize, slicingArguments, requireOneSlicingArgument, sizedFields } = values;
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : undefined,
    slicingArguments: (slicingArguments as string[] | null | undefined) ?? [],
    requireOneSlicingArgument: requireOneSlicingArgument !== false,
    sizedFields: (sizedFields as string[] | null | undefined) ?? [],
  };
}

/** The directive by which an element lets through what its interface does not, or something else altogether. */
function contradictionOf(own: Annotation, above: Annotation): string | undefined {
  if (own.audiences && above.audiences && [...own.audiences].some((each) => !above.audiences?.has(each)))
    return 'audience';
  if (own.scopes && above.scopes && JSON.stringify(own.scopes) !== JSON.stringify(above.scopes))
    return 'requiresScopes';
  return undefined;
}
