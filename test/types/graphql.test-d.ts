import { env } from '../../src/config/setting.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import type { OperationSpec } from '../../src/operations/operation.ts';
import { mutation, query } from '../../src/transports/graphql/builders.ts';
import { graphql } from '../../src/transports/graphql/graphql.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

interface Book {
  readonly isbn: string;
  readonly title: string;
}

// Both forms give the same operation.
const book = query<{ isbn: string }, Book | null>`query ($isbn: ID!) { book(isbn: $isbn) { isbn title } }`;
same<typeof book, OperationSpec<{ isbn: string }, Book | null>>(true);
const document = 'query ($isbn: ID!) { book(isbn: $isbn) { isbn title } }';
const chosen = query<{ isbn: string }, string>({ document, select: 'book.title', maxInputs: 10 });
same<typeof chosen, OperationSpec<{ isbn: string }, string>>(true);

// No value stands in a document.
const isbn = '978-3';
// @ts-expect-error a template takes no values
query<object, Book>`{ book(isbn: "${isbn}") { title } }`;
// @ts-expect-error a template takes no values
mutation<object, Book>`mutation { lend(isbn: "${isbn}") { title } }`;
// @ts-expect-error a document is needed
query<object, Book>({ select: 'book' });
// @ts-expect-error there is no such option
query<object, Book>({ document, selection: 'book' });

// An error may mean null only where the output may be null.
query<{ isbn: string }, Book | null>({ document, onError: { BOOK_GONE: null, SOLD: 'CONFLICT' } });
query<{ isbn: string }, Book>({ document, onError: { SOLD: { code: 'CONFLICT', message: 'Sold.' } } });
// @ts-expect-error the output is never null
query<{ isbn: string }, Book>({ document, onError: { BOOK_GONE: null } });
// @ts-expect-error there is no such code
query<{ isbn: string }, Book>({ document, onError: { BOOK_GONE: 'GONE' } });

// A write is neither kept nor put together with others, and a read evicts nothing.
mutation<{ isbn: string }, Book>({ document, idempotent: true, evicts: ({ isbn: of }) => [of] });
// @ts-expect-error a write is not kept
mutation<{ isbn: string }, Book>({ document, scope: 'public', cache: { ttlMs: 1 } });
// @ts-expect-error a write is a request of its own
mutation<{ isbn: string }, Book>({ document, aliases: true });
// @ts-expect-error a read evicts nothing
query<{ isbn: string }, Book>({ document, evicts: () => [] });
query<{ isbn: string }, Book>({
  document,
  scope: 'public',
  cache: { ttlMs: 1, tags: ({ isbn: of }) => [of] },
});

// A list argument is merged by key.
const books = query<
  { isbns: readonly string[] },
  readonly Book[]
>`query ($isbns: [ID!]!) { books(isbns: $isbns) { isbn title } }`;
const merged = merge(books, { list: 'isbns', key: 'isbn', match: 'isbn' });
const byIsbn: OperationSpec<{ isbn: string }, Book | null> = merged;
void byIsbn;
// @ts-expect-error there is no such list
merge(books, { list: 'ids', key: 'isbn', match: 'isbn' });

graphql('catalog', { url: env('CATALOG_URL'), auth: { token: env('TOKEN') }, operations: { book } });
// @ts-expect-error an address is needed
graphql('catalog', { operations: { book } });
// @ts-expect-error a schema is a file, given as a URL
graphql('catalog', { url: 'http://catalog', schema: './catalog.graphql', operations: { book } });
// @ts-expect-error there is no such option
graphql('catalog', { url: 'http://catalog', baseUrl: 'http://catalog', operations: { book } });
// @ts-expect-error a password is missing
graphql('catalog', { url: 'http://catalog', auth: { username: 'a' }, operations: { book } });
