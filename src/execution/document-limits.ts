import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { TributaryError } from '../errors.ts';
import { limitOverlaps } from './document-overlaps.ts';
import { type DocumentLimits, scanDocument } from './document-scan.ts';

/** How much a document may ask, whoever asks it. */
export interface SelectionLimits extends DocumentLimits {
  /** Fields and fragments once every fragment stands where it is spread. */
  readonly maxSelections: number;
  /** Pairs of fields that meet in one place of the answer. */
  readonly maxOverlaps: number;
  readonly maxRootFields: number;
  /** How often lists of the introspection (`fields`, `interfaces` …) may stand inside each other. */
  readonly maxIntrospectionDepth: number;
}

/**
 * Refuses a document that is short and valid but takes long to validate or to execute. Validation compares fields that
 * share a place in the answer with each other, and fragments multiply what they hold, so both are bounded before it
 * begins: in time that grows with the length of the document, and with the limits.
 *
 * A document that cannot be parsed passes: the parser says what is wrong with it.
 *
 * @throws TributaryError `MAX_TOKENS_EXCEEDED`, `MAX_DEPTH_EXCEEDED`, `MAX_ALIASES_EXCEEDED`, `MAX_DIRECTIVES_EXCEEDED`,
 * `MAX_ROOT_FIELDS_EXCEEDED`, `MAX_SELECTIONS_EXCEEDED`, `MAX_INTROSPECTION_DEPTH`, `QUERY_TOO_COMPLEX`,
 * `GRAPHQL_VALIDATION_FAILED`
 */
export function limitDocument(source: string, limits: SelectionLimits): void {
  scanDocument(source, limits);
  const document = parsedOrNothing(source);
  if (document === undefined) return;
  const fragments = fragmentsOf(document);
  const measuring = new Measuring(fragments, limits);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) measuring.operation(definition);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) measuring.fragment(definition);
  }
  limitOverlaps(document, fragments, limits.maxOverlaps);
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

function parsedOrNothing(source: string): DocumentNode | undefined {
  try {
    return parse(source, { noLocation: true });
  } catch {
    return undefined;
  }
}

/** What a selection set is when its fragments stand where they are spread. */
interface Measure {
  /** All fields and fragments. */
  selections: number;
  /** The fields of its own level. */
  fields: number;
  depth: number;
  /** How often lists of the introspection stand inside each other. */
  introspection: number;
}

const introspectionLists: readonly string[] = ['fields', 'interfaces', 'possibleTypes', 'inputFields'];
const mostIntrospections = 10;

/** Each fragment is measured once, however often it is spread. */
class Measuring {
  readonly #fragments: Fragments;
  readonly #limits: SelectionLimits;
  readonly #measured = new Map<string, Measure>();
  readonly #open = new Set<string>();
  #introspections = 0;
  #selections = 0;

  constructor(fragments: Fragments, limits: SelectionLimits) {
    this.#fragments = fragments;
    this.#limits = limits;
  }

  operation({ selectionSet }: OperationDefinitionNode): void {
    const { selections, fields, depth } = this.#measure(selectionSet);
    if (fields > this.#limits.maxRootFields) throw new TributaryError('MAX_ROOT_FIELDS_EXCEEDED');
    if (depth > this.#limits.maxDepth) throw new TributaryError('MAX_DEPTH_EXCEEDED');
    this.#selections += selections;
    if (this.#selections > this.#limits.maxSelections) throw new TributaryError('MAX_SELECTIONS_EXCEEDED');
  }

  /** Also of a fragment that nobody spreads: validation looks at it too. */
  fragment(definition: FragmentDefinitionNode): Measure {
    const name = definition.name.value;
    const known = this.#measured.get(name);
    if (known !== undefined) return known;
    if (this.#open.has(name))
      throw new TributaryError(
        'GRAPHQL_VALIDATION_FAILED',
        `Cannot spread fragment "${name}" within itself.`,
      );
    this.#open.add(name);
    const measure = this.#measure(definition.selectionSet);
    if (measure.selections > this.#limits.maxSelections) throw new TributaryError('MAX_SELECTIONS_EXCEEDED');
    this.#open.delete(name);
    this.#measured.set(name, measure);
    return measure;
  }

  #measure({ selections }: SelectionSetNode): Measure {
    const sum: Measure = { selections: 0, fields: 0, depth: 1, introspection: 0 };
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) this.#addField(sum, selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) add(sum, this.#measure(selection.selectionSet));
      else {
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment !== undefined) add(sum, this.fragment(fragment));
      }
      sum.selections += 1;
      // Fragments that spread the next one twice are doubled each time: no sum grows beyond what is refused anyhow.
      if (sum.selections > this.#limits.maxSelections) throw new TributaryError('MAX_SELECTIONS_EXCEEDED');
    }
    return sum;
  }

  #addField(sum: Measure, { name, selectionSet }: FieldNode): void {
    const isIntrospection = name.value === '__schema' || name.value === '__type';
    if (isIntrospection && ++this.#introspections > mostIntrospections)
      throw new TributaryError(
        'MAX_INTROSPECTION_DEPTH',
        'The document asks for the introspection too often.',
      );
    sum.fields += 1;
    if (selectionSet === undefined) return;
    const below = this.#measure(selectionSet);
    if (isIntrospection && below.introspection > this.#limits.maxIntrospectionDepth)
      throw new TributaryError('MAX_INTROSPECTION_DEPTH');
    sum.selections += below.selections;
    sum.depth = Math.max(sum.depth, 1 + below.depth);
    const isList = introspectionLists.includes(name.value);
    sum.introspection = Math.max(sum.introspection, below.introspection + (isList ? 1 : 0));
  }
}

function add(sum: Measure, { selections, fields, depth, introspection }: Measure): void {
  sum.selections += selections;
  sum.fields += fields;
  sum.depth = Math.max(sum.depth, depth);
  sum.introspection = Math.max(sum.introspection, introspection);
}
