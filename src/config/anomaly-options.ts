import { z } from 'zod';

/** Who is told of abnormal use. */
export const anomalyOptions = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Looks for abnormal use, and writes it to the log.'),
    webhookUrl: z
      .url({ protocol: /^https?$/, error: 'An address that begins with http:// or https:// is expected' })
      .optional()
      .describe('Gets each anomaly as JSON, by POST.'),
    webhookSecret: z
      .string()
      .min(16)
      .optional()
      .describe('Signs each: `x-tributary-signature` holds `sha256=` and the HMAC of the body.'),
  })
  .prefault({});
