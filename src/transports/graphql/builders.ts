import { Kind, type OperationDefinitionNode, parse, type TypeNode } from 'graphql';
import type { OperationOptions, OperationSpec } from '../../operations/operation.ts';
import type { ErrorMap, ErrorMeaning } from './error-codes.ts';

/** What the builders note down and the transport prepares. */
export interface GraphQLSpec {
  readonly kind: 'read' | 'write';
  /** The text, as it stands in the definition. */
  readonly document: string;
  /** How many values stood in the template: none may. */
  readonly placeholders: number;
  readonly options: AnyOptions;
}

interface AnyOptions {
  readonly document?: string;
  readonly select?: string;
  readonly onError?: ErrorMap;
  readonly aliases?: boolean;
  readonly maxInputs?: number;
}

interface DocumentOptions<O> {
  /** One operation with its fragments. Each of its variables is the input of that name. */
  readonly document: string;
  /**
   * Where in `data` the output is: a dotted path of response keys, `'book.author'`. Where something on the way is null, the
   * output is null.
   * @default the value of the root field; the whole of `data`, where there are several
   */
  readonly select?: string;
  /**
   * What an error means, by its `extensions.code`: `{ BOOK_GONE: null, OUT_OF_STOCK: 'CONFLICT' }`. Comes before the
   * datasource's; `null` needs an output that may be null.
   * @default the usual codes as they are known; any other is `DOWNSTREAM_SERVICE_ERROR`
   */
  readonly onError?: Readonly<Record<string, null extends O ? ErrorMeaning : NonNullable<ErrorMeaning>>>;
}

export interface QueryOptions<I, O>
  extends DocumentOptions<O>,
    Omit<OperationOptions<I, O>, 'evicts' | 'idempotent'> {
  /** Lets many inputs travel in one document, each under aliases of its own. @default the datasource's */
  readonly aliases?: boolean;
  /** The most inputs in one document. @default the datasource's */
  readonly maxInputs?: number;
}

/** A write is neither shared nor kept nor put together with others. */
export type MutationOptions<I, O> = DocumentOptions<O> &
  Pick<OperationOptions<I, O>, 'timeoutMs' | 'evicts' | 'idempotent'>;

/**
 * A query of the backend: a read. The document is fixed text; inputs travel as its variables, and as nothing else.
 *
 * @example query<{ isbn: string }, Book | null>`query Book($isbn: ID!) { book(isbn: $isbn) { title } }`
 * @example query<{ isbn: string }, Author>({ document: bookWithAuthor, select: 'book.author', scope: 'public' })
 */
export function query<I, O>(document: TemplateStringsArray): OperationSpec<I, O>;
export function query<I, O>(options: QueryOptions<I, O>): OperationSpec<I, O>;
export function query<I, O>(
  given: TemplateStringsArray | QueryOptions<I, O>,
  ...values: readonly unknown[]
): OperationSpec<I, O> {
  const options: Partial<QueryOptions<I, O>> = isTemplate(given) ? {} : given;
  const { scope, cache, timeoutMs, ...rest } = options;
  const spec = specOf('read', given, rest as AnyOptions, values);
  return {
    protocol: 'graphql',
    kind: 'read',
    spec,
    options: { scope, cache, timeoutMs },
    batched: options.aliases ?? true,
    keyInputs: keysOf(spec.document),
    adapters: [],
  };
}

/**
 * A mutation of the backend: a write. One request an input, never asked again unless it is declared `idempotent`.
 *
 * @example mutation<{ isbn: string }, Loan>`mutation Lend($isbn: ID!) { lend(isbn: $isbn) { due } }`
 */
export function mutation<I, O>(document: TemplateStringsArray): OperationSpec<I, O>;
export function mutation<I, O>(options: MutationOptions<I, O>): OperationSpec<I, O>;
export function mutation<I, O>(
  given: TemplateStringsArray | MutationOptions<I, O>,
  ...values: readonly unknown[]
): OperationSpec<I, O> {
  const options: Partial<MutationOptions<I, O>> = isTemplate(given) ? {} : given;
  const { timeoutMs, evicts, idempotent, ...rest } = options;
  return {
    protocol: 'graphql',
    kind: 'write',
    spec: specOf('write', given, rest as AnyOptions, values),
    options: { timeoutMs, evicts, idempotent },
    batched: false,
    keyInputs: [],
    adapters: [],
  };
}

function specOf(
  kind: GraphQLSpec['kind'],
  given: TemplateStringsArray | { readonly document: string },
  options: AnyOptions,
  values: readonly unknown[],
): GraphQLSpec {
  // As written: what a backslash means is for GraphQL to say.
  const document = isTemplate(given) ? given.raw.join('') : given.document;
  return { kind, document, placeholders: values.length, options };
}

function isTemplate(given: object): given is TemplateStringsArray {
  return Array.isArray(given);
}

/** Variables of type `ID`: `1` and `"1"` are one value of theirs (GraphQL spec §3.5.5). */
function keysOf(document: string): string[] {
  const operation = operationIn(document);
  return (operation?.variableDefinitions ?? [])
    .filter(({ type }) => nameOf(type) === 'ID')
    .map(({ variable }) => variable.name.value);
}

/** What is wrong with the text is told at the start, with all else. */
function operationIn(document: string): OperationDefinitionNode | undefined {
  try {
    return parse(document).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as
      | OperationDefinitionNode
      | undefined;
  } catch {
    return undefined;
  }
}

function nameOf(type: TypeNode): string | undefined {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return inner.kind === Kind.NAMED_TYPE ? inner.name.value : undefined;
}
