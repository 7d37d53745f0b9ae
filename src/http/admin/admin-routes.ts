import { quotaState } from '../../access/limits/quota.ts';
import type { AccessState } from '../../access/open-state.ts';
import { type Clock, steadyClock } from '../../util/clock.ts';
import { appRoutes, type QuotaOf } from './app-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { auditedReads } from './audited-reads.ts';
import { keyRoutes } from './key-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { planRoutes } from './plan-routes.ts';
import type { AdminRoute } from './route.ts';
import { switchRoutes } from './switch-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { usageRoutes } from './usage-routes.ts';

export interface AdminRoutesOptions {
  /** The names of those that the server has. @default nobody knows them */
  readonly datasources?: ReadonlySet<string>;
  readonly clock?: Clock;
}

/** Everything that administrators can do, over HTTP and on the command line: nothing of it without an entry in the audit log. */
export function adminRoutes(
  { database, registry, audit, switches, denied, issuers }: AccessState,
  { clock = steadyClock, datasources }: AdminRoutesOptions = {},
): readonly AdminRoute[] {
  const quotaOf: QuotaOf = async ({ appId, plan }) => {
    const { quotaUnits: units, quotaPeriod: period = 'day' } = registry.plans.get(plan) ?? {};
    return units === undefined
      ? undefined
      : await quotaState(database, appId, { units, period }, clock.now());
  };
  const routes = [
    ...appRoutes(registry.apps, quotaOf),
    ...keyRoutes(registry.keys),
    ...planRoutes(registry.plans),
    ...peopleRoutes(registry.users, registry.groups),
    ...usageRoutes({ database, writer: registry.writer, clock }),
    ...tokenRoutes(denied, issuers),
    ...switchRoutes(switches, datasources),
    ...auditRoutes(audit),
  ];
  return auditedReads(routes, { database, audit });
}
