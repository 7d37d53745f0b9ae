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
  })
  .prefault({});
