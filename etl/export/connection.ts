import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** The paged list of a query: where it stands in an answer, and how the next page is asked for. */
export interface Connection {
  /** The keys that lead to it: `['rides']`, or `['rider', 'rides']`. */
  readonly path: readonly string[];
  /** The keys of its parts; a query may rename them. */
  readonly nodes: { readonly key: string; readonly of?: string };
  readonly pageInfo: string;
  readonly hasNextPage: string;
  readonly endCursor: string;
  /** The variable that takes the cursor. */
  readonly after: string;
  /** What is selected of a node. */
  readonly node: SelectionSetNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** The query cannot be exported; the message says what it lacks. */
export class QueryError extends Error {}

/**
 * Finds the one connection of a query, by its parts: `nodes { … }` or `edges { node { … } }`, `pageInfo { hasNextPage
 * endCursor }`, and an argument `after` that is a variable.
 *
 * @throws QueryError
 * @see https://relay.dev/graphql/connections.htm
 */
export function connectionOf(text: string): Connection {
  const { operation, fragments } = operationOf(text);
  const found = [...fieldsWithPages(operation.selectionSet, [], fragments)];
  const [only, second] = found;
  if (only === undefined)
    throw new QueryError(
      'The query has no paged list: one field must select `pageInfo { hasNextPage endCursor }`.',
    );
  if (second !== undefined)
    throw new QueryError(
      `The query has several paged lists (${found.map(({ path }) => `\`${path.join('.')}\``).join(', ')}); export them one by one.`,
    );
  return connectionFrom(only.path, only.field, fragments);
}

interface Found {
  readonly path: readonly string[];
  readonly field: FieldNode;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function operationOf(text: string): { operation: OperationDefinitionNode; fragments: Fragments } {
  let definitions: ReturnType<typeof parse>['definitions'];
  try {
    ({ definitions } = parse(text, { maxTokens: 10_000 }));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [place] = error.locations ?? [];
    throw new QueryError(`The query cannot be read, line ${place?.line ?? 1}: ${error.message}`);
  }
  const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1)
    throw new QueryError(`The file must hold one query, but it holds ${operations.length} operations.`);
  if (operation.operation !== 'query')
    throw new QueryError(`The file must hold a query, but it holds a ${operation.operation}.`);
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  return { operation, fragments: new Map(fragments.map((each) => [each.name.value, each])) };
}

function* fieldsWithPages(
  selection: SelectionSetNode,
  path: readonly string[],
  fragments: Fragments,
): Generator<Found> {
  for (const field of fieldsOf(selection, fragments)) {
    if (field.selectionSet === undefined) continue;
    const here = [...path, keyOf(field)];
    if (named(field.selectionSet, 'pageInfo', fragments) !== undefined) yield { path: here, field };
    else yield* fieldsWithPages(field.selectionSet, here, fragments);
  }
}

function connectionFrom(path: readonly string[], field: FieldNode, fragments: Fragments): Connection {
  const place = `\`${path.join('.')}\``;
  const selection = field.selectionSet as SelectionSetNode;
  const part = (from: SelectionSetNode | undefined, name: string): FieldNode => {
    const found = from && named(from, name, fragments);
    if (found === undefined) throw new QueryError(`${place} must select \`${name}\`.`);
    return found;
  };
  const pageInfo = part(selection, 'pageInfo');
  const nodes = named(selection, 'nodes', fragments);
  const edges = nodes === undefined ? part(selection, 'edges') : undefined;
  const node = edges === undefined ? nodes : part(edges.selectionSet, 'node');
  if (node?.selectionSet === undefined) throw new QueryError(`${place} must select fields of its nodes.`);
  const after = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (after?.kind !== Kind.VARIABLE)
    throw new QueryError(`${place} must take its cursor from a variable: \`after: $after\`.`);
  return {
    path,
    nodes: edges === undefined ? { key: keyOf(node) } : { key: keyOf(edges), of: keyOf(node) },
    pageInfo: keyOf(pageInfo),
    hasNextPage: keyOf(part(pageInfo.selectionSet, 'hasNextPage')),
    endCursor: keyOf(part(pageInfo.selectionSet, 'endCursor')),
    after: after.name.value,
    node: node.selectionSet,
    fragments,
  };
}

/** The fields of a selection, those of its fragments among them; a fragment is not looked into twice. */
export function* fieldsOf(
  selection: SelectionSetNode,
  fragments: Fragments,
  open: ReadonlySet<string> = new Set(),
): Generator<FieldNode> {
  for (const each of selection.selections) {
    if (each.kind === Kind.FIELD) yield each;
    else if (each.kind === Kind.INLINE_FRAGMENT) yield* fieldsOf(each.selectionSet, fragments, open);
    else {
      const name = each.name.value;
      const fragment = fragments.get(name);
      if (fragment === undefined) throw new QueryError(`The query has no fragment \`${name}\`.`);
      if (!open.has(name)) yield* fieldsOf(fragment.selectionSet, fragments, new Set([...open, name]));
    }
  }
}

/** What stands for a field in the answer. */
export function keyOf({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

function named(selection: SelectionSetNode, name: string, fragments: Fragments): FieldNode | undefined {
  for (const field of fieldsOf(selection, fragments)) if (field.name.value === name) return field;
  return undefined;
}
