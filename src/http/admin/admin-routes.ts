import type { AccessState } from '../../access/open-state.ts';
import { type Clock, steadyClock } from '../../util/clock.ts';
import { appRoutes, type QuotaOf } from './app-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { planRoutes } from './plan-routes.ts';
import type { AdminRoute } from './route.ts';
import { switchRoutes } from './switch-routes.ts';
import { usageRoutes } from './usage-routes.ts';

export interface AdminRoutesOptions {
  /** @default steadyClock */
  readonly clock?: Clock;
  /** Of a server that counts; without it nothing is told of quotas. */
  readonly quotaOf?: QuotaOf;
}

/** Everything that administrators can do: over HTTP, and on the command line. */
export function adminRoutes(
  { database, registry, audit, switches }: AccessState,
  { clock = steadyClock, quotaOf }: AdminRoutesOptions = {},
): readonly AdminRoute[] {
  return [
    ...appRoutes(registry.apps, quotaOf),
    ...keyRoutes(registry.keys),
    ...planRoutes(registry.plans),
    ...peopleRoutes(registry.users, registry.groups),
    ...usageRoutes({ database, writer: registry.writer, clock }),
    ...switchRoutes(switches),
    ...auditRoutes(audit),
  ];
}
