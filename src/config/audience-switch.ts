import { z } from 'zod';

const audience = z.enum(['OPEN', 'PARTNER', 'INTERNAL']);

/** On for everybody, for nobody, or for the audiences that are named. */
export const audienceSwitch = z.union([z.boolean(), z.array(audience)]);

export type AudienceSwitch = z.output<typeof audienceSwitch>;

export function isOnFor(option: AudienceSwitch, asked: z.output<typeof audience>): boolean {
  return typeof option === 'boolean' ? option : option.includes(asked);
}
