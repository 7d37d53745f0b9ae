import {
  buildSchema,
  type DocumentNode,
  ExecutableDefinitionsRule,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  KnownFragmentNamesRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  type OperationDefinitionNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  UniqueArgumentNamesRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueVariableNamesRule,
  validate,
  visit,
} from 'graphql';
import { toError } from '../../errors.ts';
import type { GraphQLSpec } from './builders.ts';

/** A document that may be sent. */
export interface BackendDocument {
  readonly text: string;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The fields of the operation itself. */
  readonly roots: readonly FieldNode[];
}

/** One thing that is wrong with a document, without its place in the project. */
export interface Complaint {
  readonly message: string;
  readonly mend: string;
}

/** What can be told without a schema. */
const rules = [
  ExecutableDefinitionsRule,
  KnownFragmentNamesRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  UniqueArgumentNamesRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueVariableNamesRule,
];
const noSchema = buildSchema('type Query { none: Boolean }');
const mostComplaints = 20;

/** Reads the document of an operation, or says what is wrong with it: all of it, each with its line and column. */
export function readDocument(
  { document: text, kind, placeholders }: Pick<GraphQLSpec, 'document' | 'kind' | 'placeholders'>,
  schema: GraphQLSchema | undefined,
): BackendDocument | readonly Complaint[] {
  if (placeholders > 0)
    return [
      {
        message: 'A value stands in the text of the document.',
        mend: 'Declare a variable, `$name`, and let the value be the input `name`.',
      },
    ];
  let node: DocumentNode;
  try {
    node = parse(text);
  } catch (thrown) {
    return [{ message: `${toError(thrown).message}${placeIn(thrown)}`, mend: 'Mend the document.' }];
  }
  const operations = node.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1)
    return [
      {
        message: `The document holds ${operations.length} operations, where one is expected.`,
        mend: 'Give each operation a `query` or `mutation` of its own.',
      },
    ];
  const complaints = [
    ...complaintsOfKind(operation, kind),
    ...complaintsOfRoots(operation),
    ...complaintsOfIncrements(node),
    ...validate(schema ?? noSchema, node, schema === undefined ? rules : specifiedRules, {
      maxErrors: mostComplaints,
    }).map((error) => ({ message: `${error.message}${placeIn(error)}`, mend: mendOf(error) })),
  ];
  if (complaints.length > 0) return complaints;
  const fragments = node.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  return {
    text,
    operation,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    roots: operation.selectionSet.selections as readonly FieldNode[],
  };
}

/** ` (line 3, column 5)`, or nothing for an error that stands nowhere. */
export function placeIn(thrown: unknown): string {
  const [at] = thrown instanceof GraphQLError ? (thrown.locations ?? []) : [];
  return at === undefined ? '' : ` (line ${at.line}, column ${at.column})`;
}

function complaintsOfKind({ operation }: OperationDefinitionNode, kind: GraphQLSpec['kind']): Complaint[] {
  if ((operation as string) === 'subscription')
    return [
      {
        message: 'The document is a subscription: a backend is asked, and answers once.',
        mend: 'Ask for the present state by a `query`.',
      },
    ];
  const wanted = kind === 'read' ? 'query' : 'mutation';
  if (operation === wanted) return [];
  return [
    { message: `The document is a ${operation}, not a ${wanted}.`, mend: `Define it with \`${operation}\`.` },
  ];
}

/** A fragment of the root cannot be told from others once several inputs are put together. */
function complaintsOfRoots({ selectionSet }: OperationDefinitionNode): Complaint[] {
  return selectionSet.selections
    .filter(({ kind }) => kind !== Kind.FIELD)
    .map((selection) => {
      const line = selection.loc?.startToken.line;
      const message = `The operation itself must hold fields, and no fragments (line ${line}).`;
      return { message, mend: 'Write the fields out; below them, fragments are welcome.' };
    });
}

function complaintsOfIncrements(node: DocumentNode): Complaint[] {
  const complaints: Complaint[] = [];
  visit(node, {
    Directive({ name, loc }) {
      if (name.value !== 'defer' && name.value !== 'stream') return;
      const message = `\`@${name.value}\` makes an answer of several parts (line ${loc?.startToken.line}).`;
      complaints.push({ message, mend: 'Take it away: an operation has one answer.' });
    },
  });
  return complaints;
}

function mendOf({ message }: GraphQLError): string {
  // Of graphql-js' own rules, those that everybody meets.
  if (/is not defined/.test(message))
    return 'Declare the variable, with its type, behind the name of the operation.';
  if (/^Variable .* is never used/.test(message)) return 'Use the variable, or take its declaration away.';
  return 'Mend the document.';
}
