import { z } from 'zod';

const count = z.int().positive();

/** How what is used is written down, and for how long it is kept. */
export const usageOptions = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .default('.data/usage')
      .describe(
        'Folder of the usage log, on a disk that outlives the process: a path within the project, or an absolute one. Servers may share it.',
      ),
    strict: z
      .boolean()
      .default(false)
      .describe(
        'Holds each answer back until its usage is on the disk, and refuses requests with `OVERLOADED` while none can be written: usage then outlives the machine, not only the process.',
      ),
    segmentBytes: count
      .max(1_073_741_824)
      .default(8_388_608)
      .describe('Largest file of the usage log; each is removed when all of it was shipped.'),
    maxBytes: count
      .default(1_073_741_824)
      .describe('Most bytes of usage that wait for the state database. What was written is never dropped.'),
    shipMs: count.default(1_000).describe('How often usage is brought to the state database.'),
    retentionDays: count
      .max(3_650)
      .default(90)
      .describe('How long single operations are kept; what they add up to an hour is kept for good.'),
  })
  .prefault({});
