import { z } from 'zod';

/** Which pages of other sites may ask the endpoint. */
export const corsOptions = z
  .strictObject({
    origins: z
      .array(
        z.union([z.literal('*'), z.string().regex(/^https?:\/\/[^/\s*]+$/)], {
          error: 'An origin such as `https://app.example` is expected, or `*`',
        }),
      )
      .default([])
      .describe(
        'Origins of pages that may ask the endpoint from a browser; `*` lets any. A key may be limited to fewer.',
      ),
    credentials: z
      .boolean()
      .default(false)
      .describe('Lets pages of those origins send cookies and client certificates along; not with `*`.'),
    maxAgeMs: z
      .int()
      .min(0)
      .default(600_000)
      .describe('How long a browser may remember that an origin is allowed.'),
  })
  .refine(({ origins, credentials }) => !(credentials && origins.includes('*')), {
    error: '`cors.credentials` needs the origins by name, not `*`',
    path: ['credentials'],
  })
  .prefault({});
