import type { Audience, Caller } from '../caller.ts';
import { TributaryError } from '../errors.ts';

/**
 * The paths of the endpoint: its own, where each caller gets their contract, and one below it for each audience. The
 * credentials decide the audience, never the path: a path only refuses those whose audience is another, so that a client
 * that was given the wrong key notices.
 */
export function endpointPaths(path: string): readonly (readonly [string, Audience | undefined])[] {
  const base = path.replace(/\/$/, '');
  return [
    [path, undefined],
    [`${base}/open`, 'OPEN'],
    [`${base}/partner`, 'PARTNER'],
    [`${base}/internal`, 'INTERNAL'],
  ];
}

/**
 * @param audience the only one that the path is for
 * @throws TributaryError `UNAUTHENTICATED` where credentials could help, `KEY_NOT_ALLOWED_HERE` where those that came cannot
 */
export function assertAudience(caller: Caller, audience: Audience | undefined): void {
  if (audience === undefined || caller.audience === audience) return;
  if (caller.isAuthenticated === false) throw new TributaryError('UNAUTHENTICATED');
  throw new TributaryError('KEY_NOT_ALLOWED_HERE', 'This path is not for the audience of the credentials.');
}
