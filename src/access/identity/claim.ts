import { atPath } from '../../util/at-path.ts';
import type { Claims } from './token-issuer.ts';

/** A claim by its name, else as a path into objects: `realm_access.roles`. */
export function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : atPath(claims, name);
}
