import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { boundStepOf, isMadeFromParent } from '../../graph/prefetch/bound-fields.ts';
import type { Scope } from '../../operations/operation.ts';
import { type CachePolicy, cachePolicyOf } from '../cache-policy.ts';

/** A call that a query will make, or a field of which only its function knows what it will ask. */
export interface PlannedCall {
  /** `Ride.driver` */
  readonly field: string;
  /** `fleet.driver`; absent where a resolver function decides. */
  readonly operation?: string;
  readonly kind?: 'read' | 'write';
  /** Whether many inputs are one request. */
  readonly batched?: boolean;
  /** Whether the field stands under a list, so that there may be an input for each of its objects. */
  readonly underList: boolean;
  /** How long an answer is kept where the backend says nothing else; absent where it is not. */
  readonly ttlMs?: number;
  readonly scope?: Scope;
}

export interface PlannedOperation {
  readonly kind: string;
  readonly name: string | undefined;
  /** In the order of the document; each field once, with and without a list above it. */
  readonly calls: readonly PlannedCall[];
  /** Of the answer as a whole. */
  readonly policy: CachePolicy;
}

/**
 * The calls that each operation of a document will make, without making any: from the bindings and the schema.
 *
 * @param document valid against the schema
 */
export function plannedCalls(schema: GraphQLSchema, document: DocumentNode): readonly PlannedOperation[] {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return operations.map((operation) => ({
    kind: operation.operation,
    name: operation.name?.value,
    calls: callsOf(schema, document, operation),
    policy: cachePolicyOf(schema, document, operation),
  }));
}

function callsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly PlannedCall[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const calls = new Map<string, PlannedCall>();
  const seen = new Set<string>();
  const selections = (
    { selections: nodes }: SelectionSetNode,
    type: GraphQLCompositeType,
    underList: boolean,
  ): void => {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) field(node, type, underList);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition && typeFromAST(schema, node.typeCondition);
        selections(node.selectionSet, isCompositeType(condition) ? condition : type, underList);
      } else spread(node.name.value, underList);
    }
  };
  const spread = (name: string, underList: boolean): void => {
    const fragment = fragments.get(name);
    if (fragment === undefined || seen.has(`${name} ${underList}`)) return;
    seen.add(`${name} ${underList}`);
    const type = typeFromAST(schema, fragment.typeCondition);
    if (isCompositeType(type)) selections(fragment.selectionSet, type, underList);
  };
  const field = (node: FieldNode, parent: GraphQLCompositeType, underList: boolean): void => {
    for (const type of isObjectType(parent) ? [parent] : schema.getPossibleTypes(parent)) {
      const call = callOf(type, node.name.value, underList);
      if (call !== undefined) calls.set(`${call.field} ${underList}`, call);
      const output = type.getFields()[node.name.value]?.type;
      const below = getNamedType(output);
      if (output !== undefined && node.selectionSet !== undefined && isCompositeType(below))
        selections(node.selectionSet, below, underList || hasList(output));
    }
  };
  const root = schema.getRootType(operation.operation);
  if (root) selections(operation.selectionSet, root, false);
  return [...calls.values()];
}

function callOf(type: GraphQLObjectType, name: string, underList: boolean): PlannedCall | undefined {
  const resolve = type.getFields()[name]?.resolve;
  if (resolve === undefined || isMadeFromParent(resolve)) return undefined;
  const field = `${type.name}.${name}`;
  const info = boundStepOf(resolve)?.operation.info;
  if (info === undefined) return { field, underList };
  const { name: operation, kind, batched, cache, scope } = info;
  return {
    field,
    operation,
    kind,
    batched,
    underList,
    ...(cache && { ttlMs: cache.ttlMs }),
    ...(scope && { scope }),
  };
}

function hasList(type: GraphQLOutputType): boolean {
  return isListType(type) || (isNonNullType(type) && isListType(type.ofType));
}
