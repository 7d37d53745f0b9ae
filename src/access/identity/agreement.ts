import { type Audience, audiences, type Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { KeyHolder } from './key-holder.ts';
import type { Bearer } from './token-issuer.ts';

const together = new WeakMap<KeyHolder, WeakMap<Bearer, Caller>>();

/**
 * The user or client of a token, in the app of a key: no more than either may do alone. The same object for as long as
 * both are known.
 *
 * @throws TributaryError `AMBIGUOUS_CREDENTIALS` where the token was not issued to the key's app, nor (where its issuer
 * allows that) to its tenant; or where both name a tenant or a claim, and not the same
 */
export function bothTogether(holder: KeyHolder, bearer: Bearer): Caller {
  const known = together.get(holder)?.get(bearer);
  if (known !== undefined) return known;
  assertAgree(holder.caller, bearer);
  const caller = joined(holder.caller, bearer.caller);
  const ofHolder = together.get(holder) ?? new WeakMap<Bearer, Caller>();
  together.set(holder, ofHolder.set(bearer, caller));
  return caller;
}

function assertAgree(app: Caller, { caller, client, keys }: Bearer): void {
  const sameTenant = app.tenant !== undefined && app.tenant === caller.tenant;
  if (client !== app.app && !(keys === 'same-tenant' && sameTenant))
    throw contradicting('The token was not issued to the app of the key.');
  if (app.tenant !== undefined && caller.tenant !== undefined && !sameTenant)
    throw contradicting('The token and the key belong to different tenants.');
  const { claims = {} } = caller;
  for (const [name, value] of Object.entries(app.claims ?? {}))
    if (Object.hasOwn(claims, name) && claims[name] !== value)
      throw contradicting('The token and the key say different things of the caller.');
}

function joined(app: Caller, person: Caller): Caller {
  const granted = person.scopes ?? new Set<string>();
  return Object.freeze({
    ...app,
    id: `${person.id}@${app.id}`,
    audience: lesser(app.audience, person.audience),
    tenant: app.tenant ?? person.tenant,
    scopes: new Set([...(app.scopes ?? [])].filter((scope) => granted.has(scope))),
    claims: { ...app.claims, ...person.claims },
    ...(person.user === undefined ? {} : { user: person.user }),
  });
}

function lesser(one: Audience, other: Audience): Audience {
  return audiences.indexOf(one) < audiences.indexOf(other) ? one : other;
}

function contradicting(message: string): TributaryError {
  return new TributaryError('AMBIGUOUS_CREDENTIALS', message);
}
