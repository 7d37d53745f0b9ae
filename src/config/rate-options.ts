import { z } from 'zod';

const count = z.int().positive();

/** How much callers without an app may ask for, and when an address has tried too many credentials. Apps have plans. */
export const rateOptions = z
  .strictObject({
    anonymousPerMinute: count
      .default(600)
      .describe(
        'Requests a minute from one address without credentials; an IPv6 /64 network counts as one. Callers of `INTERNAL` are not limited.',
      ),
    anonymousBurst: count.default(100).describe('How many of them may come at once, after a pause.'),
    anonymousRunning: z
      .int()
      .min(0)
      .default(20)
      .describe('How many of them may be under way at the same time; 0 for any number.'),
    badCredentials: count
      .default(20)
      .describe('So many different wrong keys or tokens from one address block it.'),
    badCredentialsMs: count.default(300_000).describe('Within so long.'),
    blockMs: count
      .default(900_000)
      .describe('For so long: the address gets `RATE_LIMITED`, whatever it sends.'),
  })
  .prefault({});
