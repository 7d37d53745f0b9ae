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
import { accessOf, isOwned } from '../graph/access/field-access.ts';
import { boundStepOf, isMadeFromParent } from '../graph/prefetch/bound-fields.ts';
import { scopeOf } from '../operations/datasource.ts';
import type { Scope } from '../operations/operation.ts';

/** How long, and among whom, a whole answer may be kept. */
export interface CachePolicy {
  /** In milliseconds; 0 where the answer may not be kept. */
  readonly maxAgeMs: number;
  readonly scope: Scope;
  /** Whether what the caller may do decides what is in it: then it is shared among callers with equal rights alone. */
  readonly byRights: boolean;
  /** Why the answer may not be kept, in a whole sentence; absent where it may. */
  readonly obstacle?: string;
}

const scopes: readonly Scope[] = ['public', 'audience', 'tenant', 'caller'];

/** Whether an answer that is shared within a scope may have a part that is shared within another. */
export function isAsNarrowAs(scope: Scope, part: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(part);
}

/**
 * The policy of an answer, derived from the document alone: from the operations that are bound under it and from
 * `@cacheControl(maxAge, scope, inheritMaxAge)` in the contract. No resolver is wrapped.
 *
 * | field | what it says |
 * |---|---|
 * | bound to a cached operation | the operation's `ttlMs` and `scope` |
 * | bound to one that is not cached, or decided by a function | the contract must say, at the field itself |
 * | a property of its parent | nothing of its own: it came with the parent |
 * | any of them, or the type it gives | what `@cacheControl` says, besides |
 * | guarded by scopes, or owned | for equal rights alone, and kept by no cache in between |
 * | asked only for the caller's own object | for one caller alone |
 *
 * The shortest time counts, and the narrowest scope; `PRIVATE` is `caller`. Where the type of an object is known only at
 * run time, the strictest of the possible types counts, and a field behind `@skip` or `@include` counts as selected.
 * Only queries may be kept, and no introspection.
 */
export function cachePolicyOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CachePolicy {
  const root = schema.getRootType(operation.operation);
  const walk = new Walk(schema, document);
  if (!root || operation.operation !== 'query') walk.refuse('Only queries are kept.');
  else walk.selections(operation.selectionSet, root, true);
  if (walk.maxAgeMs === Number.POSITIVE_INFINITY) walk.refuse('Nothing in it says how long it may be kept.');
  const { maxAgeMs, scope, byRights, obstacle } = walk;
  return obstacle === undefined ? { maxAgeMs, scope, byRights } : { maxAgeMs: 0, scope, byRights, obstacle };
}

interface Hint {
  readonly maxAge?: number;
  readonly scope?: 'PUBLIC' | 'PRIVATE';
  readonly inheritMaxAge?: boolean;
}

class Walk {
  maxAgeMs = Number.POSITIVE_INFINITY;
  scope: Scope = 'public';
  byRights = false;
  obstacle: string | undefined;
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #visited = new Set<string>();

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(node.name.value, node);
  }

  refuse(obstacle: string): void {
    this.obstacle ??= obstacle;
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
      this.refuse('Introspection is not kept.');
      return;
    }
    for (const type of this.#possible(parent)) {
      const field = type.getFields()[name.value];
      if (field !== undefined) this.#restrictBy(field, `${type.name}.${field.name}`, isRoot);
    }
    const result = getNamedType(this.#definition(parent, name.value)?.type);
    if (selectionSet !== undefined && isCompositeType(result)) this.selections(selectionSet, result, false);
  }

  #definition(parent: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    return 'getFields' in parent ? parent.getFields()[name] : undefined;
  }

  #restrictBy(field: GraphQLField<unknown, unknown>, coordinate: string, isRoot: boolean): void {
    const own = hintOf(field.astNode ? [field.astNode] : []);
    const step = field.resolve && boundStepOf(field.resolve);
    const isProperty = !isRoot && (field.resolve === undefined || isMadeFromParent(field.resolve));
    this.#restrictByRights(field.resolve);
    const isDeclared = own.maxAge !== undefined || (own.inheritMaxAge === true && !isRoot);
    if (step !== undefined) {
      const { name, cache, scope = 'caller', datasource } = step.operation.info;
      this.#restrict(cache?.ttlMs, scope);
      if (scopeOf(datasource) === 'caller')
        this.refuse(`\`${coordinate}\` asks \`${name}\`, which forwards what the client sent.`);
      if (cache === undefined && !isDeclared)
        this.refuse(`\`${coordinate}\` asks \`${name}\`, which is not cached.`);
    } else if (!isProperty && !isDeclared)
      this.refuse(`\`${coordinate}\` is decided by a function, and has no \`@cacheControl(maxAge: …)\`.`);
    for (const { maxAge, scope } of this.#hints(field, own)) {
      if (maxAge === 0)
        this.refuse(`\`${coordinate}\` has \`@cacheControl(maxAge: 0)\`, itself or its type.`);
      this.#restrict(
        maxAge === undefined ? undefined : maxAge * 1_000,
        scope === 'PRIVATE' ? 'caller' : 'public',
      );
    }
  }

  /** The claim by which something is looked for or owned says how far an answer can be shared. */
  #restrictByRights(resolve: object | undefined): void {
    const access = accessOf(resolve);
    const claims = (resolve && boundStepOf(resolve)?.claims) ?? [];
    // Looked up before it was asked: by which claim, its own type does not tell.
    if (isOwned(resolve)) {
      this.byRights = true;
      this.#restrict(undefined, 'caller');
    }
    if (access === undefined && claims.length === 0) return;
    this.byRights = true;
    const asked = [...claims, ...(access?.admission?.owners.map(({ claim }) => claim) ?? [])];
    for (const claim of asked) this.#restrict(undefined, claim === 'tenant' ? 'tenant' : 'caller');
    this.#restrict(undefined, 'audience');
  }

  /** The hint of a field over that of its type; one for each type that it may turn out to be. */
  #hints(field: GraphQLField<unknown, unknown>, own: Hint): readonly Hint[] {
    const result = getNamedType(field.type);
    if (!isCompositeType(result)) return [own];
    const inherited = isAbstractType(result) ? hintOf(nodesOf(result)) : {};
    return this.#possible(result).map((type) => ({ ...inherited, ...hintOf(nodesOf(type)), ...own }));
  }

  #possible(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return isObjectType(type) ? [type] : this.#schema.getPossibleTypes(type);
  }

  #restrict(maxAgeMs: number | undefined, scope: Scope): void {
    if (maxAgeMs !== undefined) this.maxAgeMs = Math.min(this.maxAgeMs, maxAgeMs);
    if (!isAsNarrowAs(this.scope, scope)) this.scope = scope;
  }
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
