import { z } from 'zod';
import type { Keys } from '../../access/keys/keys.ts';
import { given } from '../../util/given.ts';
import { idInPath, instant, scopeList } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const name = z.string().min(1).max(100);
const appInPath = z.strictObject({ app: idInPath });
const keyInPath = z.strictObject({ key: idInPath });

const limits = {
  scopes: scopeList.nullable().optional().describe("Of the app's scopes; null: all of them."),
  locations: z
    .array(z.enum(['header', 'query', 'body']))
    .nullable()
    .optional()
    .describe('Where it may be given; null: wherever the plan lets it.'),
  addresses: z
    .array(z.string().max(50))
    .max(100)
    .optional()
    .describe('CIDR blocks that it may be used from.'),
  origins: z.array(z.string().max(300)).max(100).optional().describe('Origins of pages that may use it.'),
  expiresAt: instant.nullable().optional().describe('When it ends; null: never.'),
};

/** API keys over HTTP. */
export function keyRoutes(keys: Keys): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listKeys',
      method: 'GET',
      path: '/apps/{app}/keys',
      reads: 'key.list',
      summary: 'Lists the keys of an app, and when each was last used.',
      parameters: appInPath,
      answer: 'The keys, without their secrets.',
      handle: async ({ parameters, actor }) => ({ keys: await keys.list(actor, parameters.app) }),
    }),
    adminRoute({
      name: 'createKey',
      method: 'POST',
      path: '/apps/{app}/keys',
      summary: 'Makes a key. It is shown once, in this answer.',
      parameters: appInPath,
      body: z.strictObject({
        name,
        environment: z.enum(['live', 'test']).default('live'),
        kind: z
          .enum(['api', 'client'])
          .default('api')
          .describe(
            '`client`: a secret with which the app gets OAuth tokens; the id of the app is its `client_id`.',
          ),
        ...limits,
      }),
      answer: 'The key, and what may be shown of it later.',
      status: 201,
      handle: ({ parameters, body, actor }) => keys.create(actor, { ...given(body), appId: parameters.app }),
    }),
    adminRoute({
      name: 'getKey',
      method: 'GET',
      path: '/keys/{key}',
      reads: 'key.read',
      summary: 'Shows what may be shown of a key.',
      parameters: keyInPath,
      answer: 'The key, without its secret.',
      handle: ({ parameters, actor }) => keys.get(actor, parameters.key),
    }),
    adminRoute({
      name: 'changeKey',
      method: 'PATCH',
      path: '/keys/{key}',
      summary: 'Changes the name or the limits of a key, on every replica within a second.',
      parameters: keyInPath,
      body: z.strictObject({ name: name.optional(), ...limits }),
      answer: 'The key as it is now.',
      handle: ({ parameters, body, actor }) => keys.change(actor, parameters.key, given(body)),
    }),
    adminRoute({
      name: 'rotateKey',
      method: 'POST',
      path: '/keys/{key}/rotate',
      summary: 'Makes the successor of a key; both work during the grace.',
      parameters: keyInPath,
      body: z.strictObject({
        grace: z
          .enum(['0', '1h', '24h', '7d', 'compromised'])
          .default('24h')
          .describe('How long the old one goes on to work; `compromised` revokes it at once.'),
      }),
      answer: 'The new key, shown once, and what may be shown of it later.',
      status: 201,
      handle: ({ parameters, body, actor }) => keys.rotate(actor, parameters.key, body.grace),
    }),
    adminRoute({
      name: 'revokeKey',
      method: 'POST',
      path: '/keys/{key}/revoke',
      summary: 'Revokes a key: every replica refuses it within a second.',
      parameters: keyInPath,
      body: z.strictObject({ reason: z.string().min(3).max(200) }),
      answer: 'The key as it is now.',
      handle: ({ parameters, body, actor }) => keys.revoke(actor, parameters.key, body.reason),
    }),
  ];
}
