import { TributaryError } from '../../errors.ts';
import type { RequestContext } from '../request-context.ts';
import type { Requirement } from './rights.ts';

/** @throws TributaryError `FORBIDDEN` where the caller lacks what a field requires */
export function demand(requirement: Requirement, { rights }: RequestContext): void {
  if (!rights.allows(requirement)) throw new TributaryError('FORBIDDEN');
}
