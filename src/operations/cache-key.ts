import type { Caller } from '../caller.ts';
import { canonical } from '../util/canonical.ts';
import type { OperationInfo, Scope } from './operation.ts';

/**
 * The key of an answer: operation (with its datasource), version of its definition, whom it may be shared among, and the
 * canonical input. Each part is delimited, so that no two questions have one key.
 */
export function cacheKeyOf(operation: OperationInfo, input: unknown, caller: Caller): string {
  return cacheKeyPrefixOf(operation, caller) + operation.canonical(input);
}

/** What the keys of a batch have in common. */
export function cacheKeyPrefixOf(
  { name, version, scope = 'caller' }: Pick<OperationInfo, 'name' | 'version' | 'scope'>,
  caller: Caller,
): string {
  return `${name}@${version}|${sharedAmong(scope, caller)}|`;
}

function sharedAmong(scope: Scope, caller: Caller): string {
  switch (scope) {
    case 'public':
      return 'public';
    case 'audience':
      return `audience:${caller.audience}`;
    case 'tenant':
      // Whoever belongs to no tenant shares with nobody but themselves.
      return caller.tenant === undefined
        ? `caller:${canonical(caller.id)}`
        : `tenant:${canonical(caller.tenant)}`;
    case 'caller':
      return `caller:${canonical(caller.id)}`;
  }
}
