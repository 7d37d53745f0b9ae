import { z } from 'zod';
import { switchTargets } from '../../access/switches/switch.ts';
import type { Switches } from '../../access/switches/switches.ts';
import { TributaryError } from '../../errors.ts';
import { plainText } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const dayMs = 86_400_000;

const newSwitch = z
  .strictObject({
    target: z.enum(switchTargets),
    name: z
      .string()
      .min(1)
      .max(300)
      .default('*')
      .describe(
        'A key id, an app id, the hash of an operation, a field as `Ride.driver`, a datasource, an audience; nothing for `writes`.',
      ),
    mode: z
      .enum(['serve-stale', 'fail-fast'])
      .optional()
      .describe('Of a datasource: whether what is kept of it may still be used.'),
    reason: z.string().min(3).max(500).describe('Why, for those who find it later.'),
    forMs: z
      .int()
      .min(1_000)
      .max(365 * dayMs)
      .optional()
      .describe('For how long, in milliseconds; without it until somebody ends it.'),
  })
  .refine(({ target, name }) => target === 'writes' || name !== '*', {
    path: ['name'],
    message: 'A name is needed: what is to be switched off',
  })
  .refine(({ target, mode }) => target === 'datasource' || mode === undefined, {
    path: ['mode'],
    message: 'Only a datasource has a mode',
  });

/**
 * Kill switches over HTTP.
 *
 * @param datasources the names of those that there are; without them any name is taken: the command line on the state database looks for it by itself
 */
export function switchRoutes(switches: Switches, datasources?: ReadonlySet<string>): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listSwitches',
      method: 'GET',
      path: '/switches',
      reads: 'switch.list',
      summary: 'Lists what is switched off, the newest first.',
      answer: 'The switches.',
      handle: async () => ({ switches: await switches.list() }),
    }),
    adminRoute({
      name: 'setSwitch',
      method: 'POST',
      path: '/switches',
      summary: 'Switches something off, on every replica within a second.',
      body: newSwitch,
      answer: 'The switch.',
      status: 201,
      async handle({ body, actor }) {
        if (body.target === 'datasource') proveDatasource(body.name, datasources);
        return await switches.set(body, actor);
      },
    }),
    adminRoute({
      name: 'endSwitch',
      method: 'DELETE',
      path: '/switches/{id}',
      summary: 'Switches it on again.',
      parameters: z.strictObject({ id: plainText.max(400) }),
      answer: 'The switch that was ended.',
      handle: ({ parameters, actor }) => switches.end(parameters.id, actor),
    }),
  ];
}

/** In an incident a misspelt name would look as if something had been done. */
function proveDatasource(name: string, datasources: ReadonlySet<string> | undefined): void {
  if (datasources === undefined || datasources.has(name.trim())) return;
  const names = [...datasources].map((each) => `\`${each}\``).join(', ');
  throw new TributaryError(
    'NOT_FOUND',
    `There is no such datasource; ${names === '' ? 'there is none' : `there are ${names}`}.`,
  );
}
