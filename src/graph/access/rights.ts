import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../../caller.ts';

/** What has to be granted to a caller, all of it. */
export interface Requirement {
  /** Whether the caller must have proved who is calling. */
  readonly authenticated: boolean;
  /** Of each of these, one list must be granted whole. */
  readonly scopes: readonly (readonly (readonly string[])[])[];
}

/** Whose objects of a type are. */
export interface Ownership {
  /** A property of the source shape. */
  readonly field: string;
  readonly claim: string;
}

/**
 * What a caller may do: the one place that decides. Whatever is not plainly allowed is denied. Made once for a caller,
 * and asked without an answer being remembered: it is a few comparisons.
 */
export class Rights {
  readonly #caller: Caller;
  /** Whether ownership does not count for this caller. */
  readonly seesEveryOwner: boolean;

  /** @param everyOwnerScope the scope that lifts ownership for `INTERNAL` callers; `*` lifts it for all of them */
  constructor(caller: Caller, everyOwnerScope: string) {
    this.#caller = caller;
    this.seesEveryOwner =
      caller.audience === 'INTERNAL' &&
      (everyOwnerScope === '*' || caller.scopes?.has(everyOwnerScope) === true);
  }

  allows({ authenticated, scopes }: Requirement): boolean {
    const { isAuthenticated = false, scopes: granted } = this.#caller;
    if (authenticated && !isAuthenticated) return false;
    return scopes.every((lists) => lists.some((all) => all.every((scope) => granted?.has(scope) === true)));
  }

  /** Whether an object is the caller's. One that does not say whose it is, is nobody's. */
  owns(object: object, { field, claim }: Ownership): boolean {
    if (this.seesEveryOwner) return true;
    const own = this.claim(claim);
    const owner = (object as Readonly<Record<string, unknown>>)[field];
    if (own === undefined) return false;
    return typeof owner === 'string' ? owner === own : typeof owner === 'number' && String(owner) === own;
  }

  /** `tenant`, or what is known of the caller by that name; an empty text is no claim. */
  claim(name: string): string | undefined {
    const { tenant, claims } = this.#caller;
    const value =
      name === 'tenant' ? tenant : claims && Object.hasOwn(claims, name) ? claims[name] : undefined;
    return value === '' ? undefined : value;
  }
}

interface Known {
  readonly everyOwnerScope: string;
  readonly of: WeakMap<Caller, Rights>;
}

const schemas = new WeakMap<GraphQLSchema, Known>();

/** Settles for a schema what lifts ownership. */
export function liftOwnershipBy(schema: GraphQLSchema, everyOwnerScope: string): void {
  schemas.set(schema, { everyOwnerScope, of: new WeakMap() });
}

/** What a caller may do with a schema; nothing lifts ownership where `liftOwnershipBy` did not say what does. */
export function rightsIn(schema: GraphQLSchema, caller: Caller): Rights {
  const known = schemas.get(schema);
  const found = known?.of.get(caller);
  if (found !== undefined) return found;
  const rights = new Rights(caller, known?.everyOwnerScope ?? '');
  known?.of.set(caller, rights);
  return rights;
}
