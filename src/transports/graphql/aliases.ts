import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type NameNode,
  print,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { BackendDocument, Complaint } from './document.ts';

/** One document for many inputs. */
export interface Combined {
  /** Its text, as JSON. */
  readonly json: string;
  /** By where a variable is declared, as `line:column`: the input that it belongs to. */
  readonly inputsByPlace: ReadonlyMap<string, number>;
}

/** Where a root field of an input is found in the answer for many. */
export function aliasOf(input: number, key: string): string {
  return `i${input}_${key}`;
}

/** Takes an alias apart: which input it belongs to, and which root field it is; `undefined` for any other text. */
export function ownerOf(alias: string): { readonly input: number; readonly key: string } | undefined {
  const found = /^i(0|[1-9]\d{0,5})_(.+)$/.exec(alias);
  return found === null ? undefined : { input: Number(found[1]), key: found[2] as string };
}

/** What keeps a document from being repeated in itself; nothing, mostly. */
export function aliasComplaints({ operation }: BackendDocument): readonly Complaint[] {
  if (
    !usesVariables({
      kind: Kind.DOCUMENT,
      definitions: [{ ...operation, selectionSet: empty, variableDefinitions: [] }],
    })
  )
    return [];
  return [
    {
      message: 'A directive of the operation itself takes a variable, and many inputs cannot share it.',
      mend: 'Move the directive to the fields, or say `aliases: false`.',
    },
  ];
}

const empty = { kind: Kind.SELECTION_SET, selections: [] } as const;

/**
 * Compiles documents that ask for many inputs at once: the root fields are repeated under aliases, with variables of their
 * own for each input. Fragments that take no variables stand in it once; the others once an input. Every document is made
 * when it is first needed, and kept: there are as many as a batch may have sizes.
 *
 * @example
 * // query Book($isbn: ID!) { book(isbn: $isbn) { title } }, for two inputs:
 * // query Book($i0_isbn: ID! $i1_isbn: ID!) { i0_book: book(isbn: $i0_isbn) { title } i1_book: book(isbn: $i1_isbn) { title } }
 */
export function compileAliases(document: BackendDocument): (inputs: number) => Combined {
  const { operation, fragments } = document;
  const own = fragmentsWithVariables(fragments);
  const shared = [...fragments.values()]
    .filter(({ name }) => !own.has(name.value))
    .map((each) => print(each));
  const head = `${operation.operation} ${operation.name?.value ?? ''}`;
  const directives = (operation.directives ?? []).map((each) => ` ${print(each)}`).join('');
  const parts: Part[] = [];
  const made = new Map<number, Combined>();
  return (inputs) => {
    const before = made.get(inputs);
    if (before !== undefined) return before;
    while (parts.length < inputs) parts.push(partOf(document, own, parts.length));
    const used = parts.slice(0, inputs);
    const variables = used.flatMap((part) => part.variables);
    // One variable a line, so that its place is known without reading the text.
    const declared = variables.length === 0 ? '' : `(\n${variables.join('\n')}\n)`;
    const each = used[0]?.variables.length ?? 0;
    const combined: Combined = {
      json: JSON.stringify(
        [
          `${head}${declared}${directives} {`,
          ...used.map(({ roots }) => roots),
          '}',
          ...used.flatMap((part) => part.fragments),
          ...shared,
        ].join('\n'),
      ),
      inputsByPlace: new Map(variables.map((_, index) => [`${index + 2}:1`, Math.floor(index / each)])),
    };
    made.set(inputs, combined);
    return combined;
  };
}

/** What one input adds to the document. */
interface Part {
  readonly variables: readonly string[];
  readonly roots: string;
  readonly fragments: readonly string[];
}

function partOf(
  { operation, fragments, roots }: BackendDocument,
  own: ReadonlySet<string>,
  input: number,
): Part {
  const named = (name: NameNode): NameNode => ({ ...name, value: aliasOf(input, name.value) });
  const renamed = <N extends FieldNode | FragmentDefinitionNode>(node: N): N =>
    visit(node, {
      Variable: (variable) => ({ ...variable, name: named(variable.name) }),
      FragmentSpread: (spread) =>
        own.has(spread.name.value) ? { ...spread, name: named(spread.name) } : undefined,
    });
  return {
    variables: (operation.variableDefinitions ?? []).map((definition) => {
      const variable = { ...definition.variable, name: named(definition.variable.name) };
      return print(inOneLine({ ...definition, variable }));
    }),
    roots: roots.map((root) => print({ ...renamed(root), alias: named(root.alias ?? root.name) })).join('\n'),
    fragments: [...fragments.values()]
      .filter(({ name }) => own.has(name.value))
      .map((fragment) => print({ ...renamed(fragment), name: named(fragment.name) })),
  };
}

/** A default value may hold a text that is written over lines. */
function inOneLine(definition: VariableDefinitionNode): VariableDefinitionNode {
  return visit(definition, { StringValue: (text) => ({ ...text, block: false }) });
}

/** Fragments that take a variable, also by those that they spread; and those whose name looks like one of ours. */
function fragmentsWithVariables(fragments: BackendDocument['fragments']): ReadonlySet<string> {
  const own = new Set<string>();
  const isOwn = (fragment: FragmentDefinitionNode): boolean => {
    const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [fragment] };
    let spreadsOwn = false;
    visit(fragment, {
      FragmentSpread({ name }) {
        spreadsOwn ||= own.has(name.value);
      },
    });
    return spreadsOwn || usesVariables(document) || ownerOf(fragment.name.value) !== undefined;
  };
  for (let before = -1; before !== own.size; ) {
    before = own.size;
    for (const [name, fragment] of fragments) if (!own.has(name) && isOwn(fragment)) own.add(name);
  }
  return own;
}

function usesVariables(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Variable() {
      found = true;
    },
  });
  return found;
}
