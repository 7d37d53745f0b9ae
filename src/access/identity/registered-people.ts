import type { Caller } from '../../caller.ts';
import type { IssuerOptions } from '../../config/identity-options.ts';
import { TributaryError } from '../../errors.ts';
import type { Membership, Memberships } from '../people/memberships.ts';
import { claimOf } from './claim.ts';
import type { Bearer, Claims, TokenIssuer } from './token-issuer.ts';

/**
 * An issuer whose `personClaim` tells which registered person a user is: the caller has the scopes of the token and those of the
 * person's groups, for as long as the person is in them. Whoever is disabled is refused; whoever is not registered has the token's alone.
 */
export function withRegisteredPeople(
  issuer: TokenIssuer,
  { personClaim }: Pick<IssuerOptions, 'personClaim'>,
  memberships: Memberships,
): TokenIssuer {
  if (personClaim === undefined) return issuer;
  const person = (bearer: Bearer, email: string | undefined): Bearer | Promise<Bearer> => {
    if (email === undefined) return bearer;
    const membership = memberships.of(email);
    const grant = (found: Membership): Bearer => granted(bearer, email, found, memberships);
    return membership instanceof Promise ? membership.then(grant) : grant(membership);
  };
  return {
    ...issuer,
    bearer(claims) {
      const bearer = issuer.bearer(claims);
      const email = emailOf(claims, personClaim);
      return bearer instanceof Promise
        ? bearer.then((known) => person(known, isPerson(known) ? email : undefined))
        : person(bearer, isPerson(bearer) ? email : undefined);
    },
  };
}

/** A token that a client got for itself is nobody's. */
function isPerson({ caller }: Bearer): boolean {
  return caller.user !== undefined;
}

/**
 * The address as it is kept. Only the letters of ASCII are made small: the sign of the kelvin would become a `k`, and whoever has it in their
 * address another person. An address of which the issuer says that it was not verified could be anybody's.
 */
function emailOf(claims: Claims, personClaim: string): string | undefined {
  const { email_verified: isVerified = true } = claims;
  const email = claimOf(claims, personClaim);
  // Some issuers write it as a text.
  if ((isVerified !== true && isVerified !== 'true') || typeof email !== 'string') return undefined;
  const isAddress = /^[^\s\p{Cc}\p{Cs}]{3,254}$/u.test(email);
  return isAddress ? email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : undefined;
}

/** A change of the person's makes another caller of the same id: what is kept for callers of equal rights is not theirs any more. */
function granted(bearer: Bearer, email: string, membership: Membership, memberships: Memberships): Bearer {
  if (membership.isDisabled)
    throw new TributaryError('TOKEN_INVALID', undefined, { detail: 'The person is disabled.' });
  const { caller } = bearer;
  const scopes = new Set([...(caller.scopes ?? []), ...membership.scopes]);
  const together: Caller = Object.freeze({ ...caller, scopes });
  return {
    ...bearer,
    caller: together,
    isCurrent: () => memberships.isCurrent(email, membership) && bearer.isCurrent?.() !== false,
  };
}
