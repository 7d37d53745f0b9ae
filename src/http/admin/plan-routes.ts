import { z } from 'zod';
import type { Plans } from '../../access/apps/plans.ts';
import { given } from '../../util/given.ts';
import { idInPath, scopeList } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const count = z.int().positive().nullable().optional();
const planInPath = z.strictObject({ plan: idInPath });

const plan = z.strictObject({
  audience: z.enum(['OPEN', 'PARTNER', 'INTERNAL']).optional(),
  scopes: scopeList.optional(),
  limitPerMinute: count.describe('Requests a minute, on average; null: any number.'),
  burst: count.describe('Requests at once, after a rest.'),
  concurrency: count.describe('Requests under way at the same time; null: any number.'),
  quotaUnits: count.describe('Units of cost in each period; null: no quota.'),
  quotaPeriod: z.enum(['day', 'month']).optional(),
  maxCost: count.describe("Units that one operation may cost; null: the server's own limit."),
  registeredOnly: z.boolean().optional().describe('Whether its apps may run registered operations only.'),
  locations: z.array(z.enum(['header', 'query', 'body'])).optional(),
});

/** Plans over HTTP. */
export function planRoutes(plans: Plans): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listPlans',
      method: 'GET',
      path: '/plans',
      reads: 'plan.list',
      summary: 'Lists the plans.',
      answer: 'The plans.',
      handle: async () => ({ plans: [...plans.all()] }),
    }),
    adminRoute({
      name: 'putPlan',
      method: 'PUT',
      path: '/plans/{plan}',
      summary: 'Makes a plan, or changes what is given of it; apps on it follow within a second.',
      parameters: planInPath,
      body: plan,
      answer: 'The plan as it is now.',
      handle: ({ parameters, body, actor }) => plans.put(actor, parameters.plan, given(body)),
    }),
    adminRoute({
      name: 'removePlan',
      method: 'DELETE',
      path: '/plans/{plan}',
      summary: 'Removes a plan that no app is on.',
      parameters: planInPath,
      answer: 'Nothing more.',
      handle: async ({ parameters, actor }) => {
        await plans.remove(actor, parameters.plan);
        return { removed: parameters.plan };
      },
    }),
  ];
}
