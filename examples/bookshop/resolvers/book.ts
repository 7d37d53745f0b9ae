import { argument, bind, Decimal, parent } from 'tributary';
import { catalog } from '../datasources/catalog.ts';
import type { Fields } from '../schema/types.generated.ts';

export { Decimal };

export const Query: Fields<'Query'> = {
  /** All ISBNs are asked in one tick: one request with a list. */
  books: (_, { isbns }, { load }) => Promise.all(isbns.map((isbn) => load(catalog.book, { isbn }))),
};

export const Mutation: Fields<'Mutation'> = {
  reserve: bind(catalog.reserve, { isbn: argument('isbn'), reader: argument('reader') }),
};

export const Book: Fields<'Book'> = {
  copies: bind(catalog.copies, { isbn: parent('isbn') }),
};

export const Author: Fields<'Author'> = {
  books: async ({ id }, { first }, { load }) => (await load(catalog.booksBy, { authorId: id, first })) ?? [],
};
