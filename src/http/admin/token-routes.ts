import { z } from 'zod';
import type { DeniedTokens } from '../../access/oauth/denied-tokens.ts';
import { TributaryError } from '../../errors.ts';
import { instant, plainText } from './inputs.ts';
import { type AdminRoute, adminRoute } from './route.ts';

/** JSON Web Tokens over HTTP, of this server and of identity providers. */
export function tokenRoutes(
  denied: Pick<DeniedTokens, 'deny'>,
  issuers: ReadonlyMap<string, string>,
): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'denyToken',
      method: 'POST',
      path: '/tokens/denied',
      summary: 'Refuses a token until it expires, on every replica within a second.',
      body: z.strictObject({
        token: plainText.min(1).max(1_000).describe('Its id, the claim `jti`; never the token itself.'),
        issuer: plainText.min(1).max(1_024).describe('The name of its issuer, or its claim `iss`.'),
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
  ];
}

/** In an incident the token is at hand: pasted whole it would stand in the audit log, and nothing would be refused. */
function checkedTokenId(text: string): string {
  if (!/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return text;
  throw new TributaryError('BAD_USER_INPUT', 'A token is named by its id, the claim `jti`, not by itself.');
}

/** A misspelt issuer would look as if something had been done. */
function knownIssuer(issuers: ReadonlyMap<string, string>, given: string): string {
  const known = issuers.get(given) ?? [...issuers.values()].find((each) => each === given);
  if (known !== undefined) return known;
  const names = [...issuers.keys()].map((each) => `\`${each}\``).join(', ');
  throw new TributaryError('NOT_FOUND', `There is no such issuer; there are ${names}.`);
}
