import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

const audience = z.enum(['OPEN', 'PARTNER', 'INTERNAL']);
const publicAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const;
const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;

/** A block of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address. */
const addressBlock = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'An address, or a block of them such as `10.0.0.0/8`, is expected',
});

/** A token issuer whose JSON Web Tokens are believed. */
const issuer = z
  .strictObject({
    /** Stands in the ids of its callers, in the log and in readiness. */
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'A short name in lower case is expected' }),
    /** The claim `iss`, letter by letter. */
    issuer: z.string().min(1).max(1_024),
    /** What the claim `aud` must name one of: the names that the issuer knows this server by. */
    recipients: z.array(z.string().min(1)).min(1),
    /** Where its public keys are: https, or http on this machine. */
    jwksUrl: z
      .url()
      .refine(isSafeUrl, {
        error: 'An address that begins with https:// is expected, or one of this machine',
      })
      .optional(),
    /** Its one public key, as PEM, where there is no `jwksUrl`. */
    publicKey: z.string().refine(isPublicKey, { error: 'A public key as PEM is expected' }).optional(),
    /** The secret shared with it, of at least 32 characters, where it has no public key. */
    secret: z.string().min(32).optional(),
    /** The algorithms that its tokens may be signed with. @default RS256, PS256 and ES256; HS256 with a `secret` */
    algorithms: z
      .array(z.enum([...publicAlgorithms, ...secretAlgorithms]))
      .min(1)
      .optional(),
    /** The only `typ` accepted (RFC 9068), so that an ID token is no access token. @default any */
    type: z.literal('at+jwt').optional(),
    /** How far its clock may be from ours. */
    clockSkewMs: z.int().min(0).max(60_000).default(30_000),
    /** The audience of its callers: always the same, or what the value of a claim stands for. */
    audience: z
      .union([audience, z.strictObject({ claim: z.string().min(1), values: z.record(z.string(), audience) })])
      .default('OPEN'),
    /** The claim that names the caller's tenant. */
    tenantClaim: z.string().min(1).optional(),
    /** The claim with the caller's scopes: words parted by spaces, or a list. */
    scopeClaim: z.string().min(1).default('scope'),
    /** The claim with the e-mail address of the registered person that a user is, whose groups' scopes the caller has too. @default none */
    personClaim: z.string().min(1).optional(),
    /** Claims that ownership and resolvers may ask for; no others are kept. */
    claims: z.array(z.string().min(1)).max(32).default([]),
    /** The plan that limits each of its callers where no key comes with the token: rate, requests at once, cost of one operation. */
    plan: z.string().min(1).max(40).optional(),
    /** What a key that comes with a token must share with it. */
    keys: z.enum(['same-app', 'same-tenant']).default('same-app'),
  })
  .refine((given) => [given.jwksUrl, given.publicKey, given.secret].filter(Boolean).length === 1, {
    error: 'One of `jwksUrl`, `publicKey` and `secret` is expected',
  })
  .refine(
    ({ secret, algorithms = [] }) =>
      algorithms.every((each) => each.startsWith('HS') === (secret !== undefined)),
    { error: 'HS algorithms go with `secret`, all others with `jwksUrl` or `publicKey`' },
  );

/** How callers are told apart. Part of the group `access`. */
export const identityOptions = {
  environment: z
    .enum(['live', 'test'])
    .default('live')
    .describe('The environment of this server: keys of the other one are refused.'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'An address that begins with http:// or https:// is expected' })
    .default('http://127.0.0.1:4000')
    .describe(
      'The address that clients reach this server by: the issuer of its OAuth tokens, the same on every replica.',
    ),
  tokenLifeMs: z
    .int()
    .min(60_000)
    .max(86_400_000)
    .default(900_000)
    .describe('How long an OAuth token of this server is good.'),
  trustedProxies: z
    .array(addressBlock)
    .default([])
    .describe(
      'Addresses of the proxies in front, as CIDR blocks: what they say in `X-Forwarded-For` is believed, and nobody else.',
    ),
  issuers: z
    .array(issuer)
    .max(32)
    .default([])
    .describe('Issuers whose JSON Web Tokens are believed; docs/identity.md has their options.'),
};

export type IssuerOptions = z.output<typeof issuer>;
export type Algorithm = (typeof publicAlgorithms)[number] | (typeof secretAlgorithms)[number];

function isPublicKey(pem: string): boolean {
  try {
    return pem.includes('PUBLIC KEY') && createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}

/** Keys that come over a line that others can write to are no keys. */
function isSafeUrl(text: string): boolean {
  const { protocol, hostname, username } = new URL(text);
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}
