import { z } from 'zod';

const count = z.int().positive();

/** Operations that are known by an id or a hash, so that their text need not be sent. */
export const documentOptions = z
  .strictObject({
    manifest: z
      .string()
      .optional()
      .describe(
        'Registered operations: a JSON file that gives each id its document, or a folder of `.graphql` files whose names are the ids. A path within the project.',
      ),
    automatic: z
      .boolean()
      .default(true)
      .describe('Callers who proved who they are may register documents by sending them with their hash.'),
    automaticTtlMs: count
      .default(86_400_000)
      .describe('How long a document that a caller registered is known.'),
    registrationsPerMinute: count
      .default(60)
      .describe('Most documents that one caller may register in a minute.'),
  })
  .prefault({});
