import type { Audience } from '../../caller.ts';
import type { Problem } from '../../config/problems.ts';

/**
 * Whoever reaches the endpoint without credentials must not see more than the open contract, unless only this machine
 * reaches it.
 */
export function anonymousProblem(host: string, anonymous: Audience | 'none'): Problem | undefined {
  if (anonymous === 'OPEN' || anonymous === 'none' || isLoopback(host)) return undefined;
  return {
    place: 'tributary.config.ts',
    subject: 'access.anonymous',
    message: `Callers without credentials would be ${anonymous}, and \`host\` opens the endpoint to the network.`,
    mend: "Set `access.anonymous` (ANONYMOUS_AUDIENCE) to 'OPEN' or 'none', or `host` (HOST) to 127.0.0.1.",
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
