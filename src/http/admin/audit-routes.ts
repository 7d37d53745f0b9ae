import { z } from 'zod';
import type { Audit } from '../../access/audit/audit.ts';
import { given } from '../../util/given.ts';
import { instant, pageSize, plainText } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const text = plainText.min(1).max(300);

/** The audit log over HTTP: to be read and proved, never to be changed. */
export function auditRoutes(audit: Audit): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'searchAudit',
      method: 'GET',
      path: '/audit',
      reads: 'audit.search',
      summary: 'Searches the audit log, the newest first.',
      query: z.strictObject({
        actor: text.optional(),
        action: text.optional(),
        target: text.optional(),
        from: instant.optional(),
        until: instant.optional(),
        before: z.coerce.number().int().positive().optional().describe('The `next` of the page before.'),
        limit: pageSize,
      }),
      answer: 'A page of entries, and `next` where there are more.',
      handle: ({ query }) => audit.search(given(query)),
    }),
    adminRoute({
      name: 'verifyAudit',
      method: 'GET',
      path: '/audit/verify',
      reads: 'audit.verify',
      summary: 'Reads the whole audit log and finds the first entry that is not as it was written.',
      query: z
        .strictObject({
          seq: z.coerce.number().int().positive().optional(),
          hash: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .optional(),
        })
        .refine(({ seq, hash }) => (seq === undefined) === (hash === undefined), {
          message: 'An anchor has both, `seq` and `hash`',
        }),
      answer: 'Whether it is intact, with its end; else where it is broken, and how.',
      handle: ({ query: { seq, hash } }) =>
        audit.verify(seq === undefined || hash === undefined ? [] : [{ seq, hash }]),
    }),
  ];
}
