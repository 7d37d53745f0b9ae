import { env, graphql, merge, mutation, query } from 'tributary';

export interface Book {
  readonly isbn: string;
  readonly title: string;
  /** A scalar of the catalog: text, with all its digits. */
  readonly price: string | null;
  readonly author: Author;
}

export interface Author {
  readonly id: string;
  readonly name: string;
}

export interface Reservation {
  readonly number: string;
  readonly book: Book;
}

/** What is asked of a book, wherever there is one: the type above says the same. */
const bookFields = `fragment BookFields on Book { isbn title price author { id name } }`;

/** A list argument: many books are one request, told apart by their ISBNs. */
const booksByIsbn = query<{ isbns: readonly string[] }, readonly Book[]>({
  document: `query Books($isbns: [ID!]!) { booksByIsbn(isbns: $isbns) { ...BookFields } } ${bookFields}`,
});

/** The catalog of a publisher, which speaks GraphQL itself. Its documents are checked against its schema at the start. */
export const catalog = graphql('catalog', {
  url: env('CATALOG_URL', 'http://127.0.0.1:4001/graphql'),
  schema: new URL('./catalog.graphql', import.meta.url),
  timeoutMs: 2_000,
  onError: { UNKNOWN_BOOK: 'NOT_FOUND' },
  operations: {
    book: merge(booksByIsbn, {
      list: 'isbns',
      key: 'isbn',
      match: 'isbn',
      scope: 'public',
      cache: { ttlMs: 60_000, staleIfErrorMs: 600_000 },
    }),
    // No list argument: many inputs travel in one document, each under an alias of its own.
    booksBy: query<{ authorId: string; first: number }, readonly Book[] | null>({
      document: `query BooksBy($authorId: ID!, $first: Int!) {
        author(id: $authorId) { books(first: $first) { ...BookFields } }
      } ${bookFields}`,
      select: 'author.books',
    }),
    copies: query<{ isbn: string }, number>({
      document: 'query Copies($isbn: ID!) { stock(isbn: $isbn) { free } }',
      select: 'stock.free',
    }),
    reserve: mutation<{ isbn: string; reader: string }, Reservation>({
      document: `mutation Reserve($isbn: ID!, $reader: String!) {
        reserve(isbn: $isbn, reader: $reader) { number book { ...BookFields } }
      } ${bookFields}`,
      onError: { OUT_OF_STOCK: { code: 'CONFLICT', message: 'No copy is left.' } },
    }),
  },
});
