import { z } from 'zod';

/** TLS of the endpoint's listener. */
export const tlsOptions = z
  .strictObject({
    cert: z
      .string()
      .min(1)
      .describe(
        'File of the certificate of the endpoint, with its chain, as PEM; with `tls.key` it speaks TLS.',
      ),
    key: z
      .string()
      .min(1)
      .describe('File of its private key, as PEM. Both are read again when they change, and upon SIGHUP.'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File of the authorities whose client certificates are accepted; without it none is asked for.',
      ),
    minVersion: z
      .enum(['TLSv1.2', 'TLSv1.3'])
      .default('TLSv1.2')
      .describe('The oldest version of TLS that is spoken.'),
  })
  .optional();

export type TlsOptions = NonNullable<z.output<typeof tlsOptions>>;
