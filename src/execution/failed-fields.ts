import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** So many are named; a client that lets more fail is told nothing of it anyway. */
const mostFields = 20;

/**
 * The schema coordinates of the fields that errors stand at, each once: `Ride.driver`. Names of the schema alone, none of the
 * client's: aliases are looked up. Where the document selects a field of several types under one name, the first is named.
 */
export function failedFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  errors: readonly GraphQLError[],
): readonly string[] {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const found = new Set<string>();
  for (const { path } of errors) {
    if (found.size >= mostFields) break;
    const root = schema.getRootType(operation.operation);
    if (path === undefined || root == null) continue;
    const coordinate = coordinateAt(path, root, operation.selectionSet, schema, fragments);
    if (coordinate !== undefined) found.add(coordinate);
  }
  return [...found];
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

interface Selected {
  readonly coordinate: string;
  readonly type: GraphQLNamedType;
  /** Equal names under one object are merged, so their selections count together. */
  readonly selections: readonly SelectionSetNode[];
}

function coordinateAt(
  path: readonly (string | number)[],
  root: GraphQLNamedType,
  selections: SelectionSetNode,
  schema: GraphQLSchema,
  fragments: Fragments,
): string | undefined {
  let [type, within, coordinate]: [GraphQLNamedType, readonly SelectionSetNode[], string | undefined] = [
    root,
    [selections],
    undefined,
  ];
  for (const name of path) {
    if (typeof name === 'number') continue;
    const selected = selectedIn(within, type, name, schema, fragments);
    if (selected === undefined) return coordinate;
    ({ coordinate, type, selections: within } = selected);
  }
  return coordinate;
}

/** The field that stands under a name in the answer. */
function selectedIn(
  within: readonly SelectionSetNode[],
  parent: GraphQLNamedType,
  name: string,
  schema: GraphQLSchema,
  fragments: Fragments,
): Selected | undefined {
  const selections: SelectionSetNode[] = [];
  let first: Omit<Selected, 'selections'> | undefined;
  const look = ({ selections: all }: SelectionSetNode, type: GraphQLNamedType): void => {
    for (const selection of all) {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value !== name) continue;
        first ??= fieldOf(type, selection.name.value);
        if (selection.selectionSet !== undefined) selections.push(selection.selectionSet);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      const narrowed = condition === undefined ? type : schema.getType(condition);
      if (fragment !== undefined && isCompositeType(narrowed)) look(fragment.selectionSet, narrowed);
    }
  };
  for (const each of within) look(each, parent);
  return first && { ...first, selections };
}

function fieldOf(type: GraphQLNamedType, name: string): Omit<Selected, 'selections'> | undefined {
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const field = type.getFields()[name];
  return field && { coordinate: `${type.name}.${name}`, type: getNamedType(field.type) };
}
