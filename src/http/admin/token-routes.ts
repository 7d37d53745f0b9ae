import { z } from 'zod';
import type { DeniedTokens } from '../../access/oauth/denied-tokens.ts';
import { TributaryError } from '../../errors.ts';
import { instant, pageSize, plainText } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const named = {
  token: plainText.min(1).max(1_000).describe('Its id, the claim `jti`; never the token itself.'),
  issuer: plainText.min(1).max(1_024).describe('The name of its issuer, or its claim `iss`.'),
};

/** JSON Web Tokens over HTTP, of this server and of identity providers. */
export function tokenRoutes(
  denied: Pick<DeniedTokens, 'deny' | 'allow' | 'list'>,
  issuers: ReadonlyMap<string, string>,
): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listDeniedTokens',
      method: 'GET',
      path: '/tokens/denied',
      reads: 'token.list',
      summary: 'Lists the tokens that are refused though they have not expired, the newest first.',
      query: z.strictObject({
        by: z
          .enum(['administrators', 'apps'])
          .optional()
          .describe(
            'Those that administrators denied, or those that apps revoked by OAuth; without it both.',
          ),
        after: plainText.max(100).optional().describe('The `next` of the page before.'),
        limit: pageSize,
      }),
      answer:
        'A page of tokens by their ids: since when, until when, by which administrator, of which app that revoked it; `next` where there are more.',
      handle: ({ query, actor }) => denied.list(actor, query),
    }),
    adminRoute({
      name: 'denyToken',
      method: 'POST',
      path: '/tokens/denied',
      summary: 'Refuses a token until it expires, on every replica within a second.',
      body: z.strictObject({
        ...named,
        until: instant.describe('When it expires, its claim `exp`: from then on it is not remembered.'),
      }),
      answer: 'What is refused.',
      status: 201,
      async handle({ body: { token, issuer, until }, actor }) {
        const id = checkedTokenId(token);
        const name = knownIssuer(issuers, issuer);
        await denied.deny({ issuer: name, id, until }, actor);
        return { token: id, issuer: name, deniedUntil: until };
      },
    }),
    adminRoute({
      name: 'allowToken',
      method: 'POST',
      path: '/tokens/allow',
      summary:
        "Takes an administrator's denial back, on every replica within a second; what its owner revoked stays refused.",
      body: z.strictObject(named),
      answer: 'What is not refused any more.',
      async handle({ body: { token, issuer }, actor }) {
        const id = checkedTokenId(token);
        // One that was taken out of the configuration meanwhile is named by its claim, as the list has it.
        const name = issuers.get(issuer) ?? issuer;
        await denied.allow({ issuer: name, id }, actor);
        return { token: id, issuer: name, allowed: true };
      },
    }),
  ];
}

/** In an incident the token is at hand: pasted whole it would stand in the audit log and the list, and nothing would be refused. */
function checkedTokenId(text: string): string {
  // RFC 7519 §3: three parts where it is signed, five where it is encrypted; a header's value is pasted with its scheme.
  if (!/(^|\s)ey[\w-]+(\.[\w-]*){2,4}\s*$/.test(text)) return text;
  throw new TributaryError('BAD_USER_INPUT', 'A token is named by its id, the claim `jti`, not by itself.');
}

/** A misspelt issuer would look as if something had been done. */
function knownIssuer(issuers: ReadonlyMap<string, string>, given: string): string {
  const known = issuers.get(given) ?? [...issuers.values()].find((each) => each === given);
  if (known !== undefined) return known;
  const names = [...issuers.keys()].map((each) => `\`${each}\``).join(', ');
  throw new TributaryError('NOT_FOUND', `There is no such issuer; there are ${names}.`);
}
