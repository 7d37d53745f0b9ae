import type { AccessState } from '../../access/open-state.ts';
import { appRoutes } from './app-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { planRoutes } from './plan-routes.ts';
import type { AdminRoute } from './route.ts';
import { switchRoutes } from './switch-routes.ts';

/** Everything that administrators can do: over HTTP, and on the command line. */
export function adminRoutes({ registry, audit, switches }: AccessState): readonly AdminRoute[] {
  return [
    ...appRoutes(registry.apps),
    ...keyRoutes(registry.keys),
    ...planRoutes(registry.plans),
    ...switchRoutes(switches),
    ...auditRoutes(audit),
  ];
}
