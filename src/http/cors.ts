import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../config/server-config.ts';
import type { ForwardedNames } from './forwarded.ts';

const allowedHeaders = [
  'accept',
  'apollo-require-preflight',
  'authorization',
  'content-type',
  'x-api-key',
  'x-apollo-operation-name',
  'x-request-id',
  'x-request-timeout',
];
const nothing: ForwardedNames = { names: [], returns: [] };
const exposedHeaders = ['age', 'etag', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'];

/** Of an answer that is sent past fastify: what the plugin has set on its reply. */
export const corsHeaders = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
] as const;

/** Lets pages of the configured origins ask (Fetch standard, "CORS protocol"); without any, nothing is registered. */
export async function allowOrigins(
  app: FastifyInstance,
  { cors }: ServerConfig,
  { names, returns }: ForwardedNames = nothing,
): Promise<void> {
  const { origins, credentials, maxAgeMs } = cors;
  if (origins.length === 0) return;
  await app.register(fastifyCors, {
    origin: origins.includes('*') ? '*' : [...origins],
    credentials,
    methods: ['GET', 'POST'],
    allowedHeaders: [...allowedHeaders, ...names],
    exposedHeaders: [...exposedHeaders, ...returns],
    maxAge: Math.floor(maxAgeMs / 1_000),
    strictPreflight: true,
  });
}
