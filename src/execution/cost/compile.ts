import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { type Annotations, annotationsOf, type ListSize } from '../../graph/audiences/annotations.ts';
import type { Condition, CostedField, Level, Slice } from './levels.ts';

/** What is known of an operation before there are variables. */
export interface CompiledOperation {
  readonly level: Level;
  /** Every field that is selected, `Ride.driver`: of each type that may stand there. */
  readonly coordinates: ReadonlySet<string>;
  /** Root fields that are selected and `@sensitive`; each time counts. */
  readonly sensitiveFields: number;
}

/**
 * Compiles the cost of an operation. Takes time as the document is long: a fragment is compiled once.
 *
 * @param document valid against the schema
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledOperation {
  const compiler = new Compiler(schema, document);
  const root = schema.getRootType(operation.operation);
  const level = root ? compiler.level(operation.selectionSet, root) : nothing;
  return { level, coordinates: compiler.coordinates, sensitiveFields: compiler.sensitiveIn(level) };
}

const nothing: Level = { fields: [], within: [] };

class Compiler {
  readonly coordinates = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #of: Annotations['of'];
  readonly #definitions = new Map<string, FragmentDefinitionNode>();
  readonly #fragments = new Map<string, Level>();

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#of = annotationsOf(schema).of;
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#definitions.set(node.name.value, node);
  }

  level({ selections }: SelectionSetNode, parent: GraphQLCompositeType): Level {
    const fields: CostedField[] = [];
    const within: { level: Level; conditions: readonly Condition[] }[] = [];
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        const field = this.#field(node, parent);
        if (field !== undefined) fields.push(field);
        continue;
      }
      const level =
        node.kind === Kind.FRAGMENT_SPREAD
          ? this.#fragment(node.name.value)
          : this.level(node.selectionSet, this.#condition(node.typeCondition) ?? parent);
      within.push({ level, conditions: conditionsOf(node.directives) });
    }
    return { fields, within };
  }

  sensitiveIn(level: Level, counted = new Map<Level, number>()): number {
    const known = counted.get(level);
    if (known !== undefined) return known;
    const own = level.fields.filter(({ coordinate }) => this.#of.get(coordinate)?.sensitive === true).length;
    const inner = level.within.reduce((sum, each) => sum + this.sensitiveIn(each.level, counted), own);
    counted.set(level, inner);
    return inner;
  }

  #fragment(name: string): Level {
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(name);
    const type = definition && this.#condition(definition.typeCondition);
    const level = definition && type ? this.level(definition.selectionSet, type) : nothing;
    this.#fragments.set(name, level);
    return level;
  }

  #condition(node: Parameters<typeof typeFromAST>[1] | undefined): GraphQLCompositeType | undefined {
    const type = node?.kind === Kind.NAMED_TYPE ? typeFromAST(this.#schema, node) : undefined;
    return isCompositeType(type) ? type : undefined;
  }

  #field(node: FieldNode, parent: GraphQLCompositeType): CostedField | undefined {
    const name = node.name.value;
    const field = 'getFields' in parent ? parent.getFields()[name] : undefined;
    // `__typename`, `__schema` and `__type`: the same for everybody, and no backend's work.
    if (field === undefined) {
      // Told all the same: whoever watches or switches off looks for them.
      if (name !== '__typename') this.coordinates.add(`${parent.name}.${name}`);
      return undefined;
    }
    const coordinate = `${parent.name}.${name}`;
    const possible = this.#possible(parent).map((type) => `${type.name}.${name}`);
    for (const each of [coordinate, ...possible]) this.coordinates.add(each);
    const result = getNamedType(field.type);
    const declared = [coordinate, ...possible].map((each) => this.#of.get(each)?.listSize).find(Boolean);
    const listSize = declared && withinSight(declared, field);
    const given = node.arguments ?? [];
    return {
      name,
      key: node.alias?.value ?? name,
      coordinate,
      weight: this.#weight([coordinate, ...possible], field.type),
      argumentWeight: this.#argumentWeight(coordinate, given),
      isList: isListType(isNonNullType(field.type) ? field.type.ofType : field.type),
      listSize,
      slices: (listSize?.slicingArguments ?? []).flatMap((argument) => sliceOf(argument, field, given)),
      conditions: conditionsOf(node.directives),
      children:
        node.selectionSet && isCompositeType(result) ? this.level(node.selectionSet, result) : undefined,
    };
  }

  /** The field's own weight, else that of the type that it gives; where several are possible, the greatest. */
  #weight(coordinates: readonly string[], type: GraphQLOutputType): number {
    const own = coordinates.flatMap((coordinate) => this.#of.get(coordinate)?.weight ?? []);
    if (own.length > 0) return Math.max(...own);
    const result = getNamedType(type);
    if (!isCompositeType(result)) return this.#of.get(result.name)?.weight ?? 0;
    return Math.max(...this.#possible(result).map(({ name }) => this.#of.get(name)?.weight ?? 1), 0);
  }

  #argumentWeight(coordinate: string, given: readonly ArgumentNode[]): number {
    return given.reduce(
      (sum, { name }) => sum + (this.#of.get(`${coordinate}(${name.value}:)`)?.weight ?? 0),
      0,
    );
  }

  #possible(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    if (isObjectType(type)) return [type];
    return isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [];
  }
}

/** Without the slicing arguments that the audience does not see: it cannot give them, and is not told of them. */
function withinSight(listSize: ListSize, { args }: GraphQLField<unknown, unknown>): ListSize {
  const slicingArguments = listSize.slicingArguments.filter((each) => args.some(({ name }) => name === each));
  return { ...listSize, slicingArguments };
}

function sliceOf(
  argument: string,
  { args }: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
): readonly Slice[] {
  const node = given.find(({ name }) => name.value === argument)?.value;
  const definition: GraphQLArgument | undefined = args.find(({ name }) => name === argument);
  const fallback = definition?.defaultValue;
  return node === undefined && fallback === undefined ? [] : [{ argument, node, fallback }];
}

function conditionsOf(directives: readonly DirectiveNode[] | undefined): readonly Condition[] {
  return (directives ?? []).flatMap(({ name, arguments: given }) => {
    const node = given?.find((argument) => argument.name.value === 'if')?.value;
    if (node === undefined || (name.value !== 'skip' && name.value !== 'include')) return [];
    return [{ node, selects: name.value === 'include' }];
  });
}
