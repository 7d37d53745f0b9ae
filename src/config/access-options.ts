import { z } from 'zod';
import { identityOptions } from './identity-options.ts';

/** Who may ask for what, and where that is kept. */
export const accessOptions = z
  .strictObject({
    anonymous: z
      .enum(['OPEN', 'PARTNER', 'INTERNAL', 'none'])
      .default('OPEN')
      .describe(
        'The audience of callers without credentials; `none` refuses them. Anything but `OPEN` and `none` needs a `host` that only this machine reaches.',
      ),
    stateUrl: z
      .string()
      .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, {
        error: 'An address of the form `sqlite:path` or `postgres://…` is expected',
      })
      .default('sqlite:.data/state.db')
      .describe(
        'Where apps, keys, usage and the audit log are kept: `sqlite:` and a path within the project, or `postgres://…`.',
      ),
    ...identityOptions,
    explicitAudiences: z
      .array(z.enum(['OPEN', 'PARTNER', 'INTERNAL']))
      .default([])
      .describe(
        'Audiences that see no field by oversight: a field that they see and that has no `@audience`, itself or at its type, stops the start.',
      ),
    everyOwnerScope: z
      .string()
      .min(1)
      .default('all:tenants')
      .describe(
        'The scope that lets `INTERNAL` callers see the objects of every `@owner`; `*` lets all of them.',
      ),
    pepperFile: z
      .string()
      .default('.data/pepper')
      .describe(
        'Holds the secret that API keys are hashed with, unless TRIBUTARY_PEPPER does; it is made where it does not exist.',
      ),
    maxKnownKeys: z
      .int()
      .positive()
      .default(100_000)
      .describe(
        'Most API keys whose rows are kept in this process, about 1.5 KB each; others are read from the database when they are used.',
      ),
    mailFile: z
      .string()
      .default('.data/mail/outbox')
      .describe('Where messages to people who register are written while no `mail` sends them.'),
    mail: z
      .custom<Mailer>(isMailer, {
        error: 'An object with a method `send({ to, subject, text })` is expected',
      })
      .optional()
      .describe(
        'Sends messages to people who register: an object with a method `send({ to, subject, text })`.',
      ),
  })
  .prefault({});

/** Sends a message to one person; resolves when it was taken over. */
export interface Mailer {
  send(mail: { readonly to: string; readonly subject: string; readonly text: string }): Promise<void>;
}

function isMailer(value: unknown): value is Mailer {
  return typeof (Object(value) as Partial<Mailer>).send === 'function';
}
