import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';

/** How long a whole answer may be kept by others. */
export interface CachePolicy {
  readonly maxAgeSeconds: number;
  readonly scope: 'PUBLIC' | 'PRIVATE';
}

interface Hint {
  readonly maxAge?: number;
  readonly scope?: 'PUBLIC' | 'PRIVATE';
  readonly inheritMaxAge?: boolean;
}

/**
 * The policy of an answer, from `@cacheControl(maxAge, scope, inheritMaxAge)` on the fields and types that the operation
 * selects. It is computed from the document alone, once per document: no resolver is wrapped.
 *
 * Apollo's rules: the answer's age is the least of all its fields'. A field's age is its own hint, else its type's, else
 * 0 for root fields and fields of objects, and its parent's for all others. One private field makes the answer private.
 * Where the type of an object is known only at run time, the strictest of the possible types counts, and a field behind
 * `@skip` or `@include` counts as selected.
 */
export function cachePolicyOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CachePolicy {
  const root = schema.getRootType(operation.operation);
  if (!root || operation.operation !== 'query') return { maxAgeSeconds: 0, scope: 'PUBLIC' };
  const walk = new Walk(schema, document);
  walk.selections(operation.selectionSet, root, true);
  return { maxAgeSeconds: Number.isFinite(walk.maxAge) ? walk.maxAge : 0, scope: walk.scope };
}

class Walk {
  maxAge = Number.POSITIVE_INFINITY;
  scope: 'PUBLIC' | 'PRIVATE' = 'PUBLIC';
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #visited = new Set<string>();

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(node.name.value, node);
  }

  selections({ selections }: SelectionSetNode, parent: GraphQLCompositeType, isRoot: boolean): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) this.#field(selection, parent, isRoot);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        this.selections(selection.selectionSet, this.#condition(selection.typeCondition) ?? parent, isRoot);
      else this.#spread(selection.name.value, isRoot);
    }
  }

  #spread(name: string, isRoot: boolean): void {
    const fragment = this.#fragments.get(name);
    // A fragment gives the same wherever it is spread: once is enough, and a cycle ends.
    if (fragment === undefined || this.#visited.has(name)) return;
    this.#visited.add(name);
    const condition = this.#condition(fragment.typeCondition);
    if (condition !== undefined) this.selections(fragment.selectionSet, condition, isRoot);
  }

  #condition(node: ASTNode | undefined): GraphQLCompositeType | undefined {
    const type = node?.kind === Kind.NAMED_TYPE ? typeFromAST(this.#schema, node) : undefined;
    return isCompositeType(type) ? type : undefined;
  }

  #field(
    { name, selectionSet }: { name: { value: string }; selectionSet?: SelectionSetNode | undefined },
    parent: GraphQLCompositeType,
    isRoot: boolean,
  ): void {
    if (name.value === '__typename') return;
    if (name.value.startsWith('__')) {
      this.#restrict({ maxAge: 0 });
      return;
    }
    for (const type of this.#possible(parent)) {
      const field = type.getFields()[name.value];
      if (field === undefined) continue;
      for (const hint of this.#hints(field, isRoot)) this.#restrict(hint);
    }
    const result = getNamedType(this.#definition(parent, name.value)?.type);
    if (selectionSet !== undefined && isCompositeType(result)) this.selections(selectionSet, result, false);
  }

  #definition(parent: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    return 'getFields' in parent ? parent.getFields()[name] : undefined;
  }

  /** The hint of a field over that of its type; one for each type that it may turn out to be. */
  #hints(field: GraphQLField<unknown, unknown>, isRoot: boolean): readonly Hint[] {
    const own = hintOf(field.astNode ? [field.astNode] : []);
    const result = getNamedType(field.type);
    const results = isCompositeType(result) ? this.#possible(result) : [];
    const inherited = isCompositeType(result) && isAbstractType(result) ? hintOf(nodesOf(result)) : {};
    const hints = results.map((type) => ({ ...inherited, ...hintOf(nodesOf(type)), ...own }));
    if (hints.length === 0) hints.push(own);
    const asksParent = results.length === 0 && !isRoot;
    return hints.map((hint) => ({ ...hint, ...ageOf(hint, asksParent) }));
  }

  #possible(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return isObjectType(type) ? [type] : this.#schema.getPossibleTypes(type);
  }

  #restrict({ maxAge, scope }: Hint): void {
    if (maxAge !== undefined) this.maxAge = Math.min(this.maxAge, maxAge);
    if (scope === 'PRIVATE') this.scope = 'PRIVATE';
  }
}

function ageOf({ maxAge, inheritMaxAge }: Hint, asksParent: boolean): Hint {
  if (maxAge !== undefined) return { maxAge };
  return asksParent || inheritMaxAge === true ? {} : { maxAge: 0 };
}

function nodesOf(type: GraphQLCompositeType): readonly WithDirectives[] {
  return [...(type.astNode ? [type.astNode] : []), ...type.extensionASTNodes];
}

interface WithDirectives {
  readonly directives?: readonly DirectiveNode[] | undefined;
}

function hintOf(nodes: readonly WithDirectives[]): Hint {
  const hint: { maxAge?: number; scope?: 'PUBLIC' | 'PRIVATE'; inheritMaxAge?: boolean } = {};
  for (const directive of nodes.flatMap((node) => node.directives ?? [])) {
    if (directive.name.value !== 'cacheControl') continue;
    for (const { name, value } of directive.arguments ?? []) {
      if (name.value === 'maxAge' && value.kind === Kind.INT) hint.maxAge = Number(value.value);
      if (name.value === 'scope' && value.kind === Kind.ENUM && value.value === 'PRIVATE')
        hint.scope = 'PRIVATE';
      if (name.value === 'inheritMaxAge' && value.kind === Kind.BOOLEAN) hint.inheritMaxAge = value.value;
    }
  }
  return hint;
}
