import type { Caller } from '../caller.ts';
import { canonical } from '../util/canonical.ts';
import { KeyBeginning, type Keys } from './caches/key.ts';
import type { CallContext } from './call.ts';
import { type Forwarded, forwardedKeyOf } from './forwarded.ts';
import type { DatasourceInfo, OperationInfo, Scope } from './operation.ts';

/**
 * The key of an answer: operation (with its datasource), version of its definition, whom it may be shared among, and the
 * canonical input; and the hash of what its datasource forwards. Each part is delimited, so that no two questions have one key.
 */
export function cacheKeyOf(
  operation: OperationInfo,
  input: unknown,
  caller: Caller,
  forwarded?: Forwarded,
): string {
  return cacheKeyPrefixOf(operation, caller, forwarded) + operation.canonical(input);
}

/**
 * The canonical text of each input: as the loader has told it, where these are the inputs that it told of. A context may
 * have travelled further than they have, into a call with others.
 */
export function textsOf(
  operation: Pick<OperationInfo, 'canonical'>,
  inputs: readonly unknown[],
  { told }: Pick<CallContext, 'told'>,
): readonly string[] {
  return told?.inputs === inputs ? told.texts : inputs.map((input) => operation.canonical(input));
}

interface KeyedBy extends Pick<OperationInfo, 'name' | 'version' | 'scope'> {
  readonly datasource?: Pick<DatasourceInfo, 'forwarding'>;
}

/** What the keys of a batch have in common. */
export function cacheKeyPrefixOf(
  { name, version, scope = 'caller', datasource }: KeyedBy,
  caller: Caller,
  forwarded?: Forwarded,
): string {
  const prefix = `${name}@${version}|${sharedAmong(scope, caller)}|`;
  const forwarding = datasource?.forwarding;
  return forwarding === undefined || forwarding.names.length === 0
    ? prefix
    : `${prefix}${forwardedKeyOf(forwarding, forwarded)}|`;
}

/** What tells the keys of an operation's batches. */
export function keysOfInputs(
  operation: OperationInfo,
): (inputs: readonly unknown[], context: CallContext) => Keys {
  let beginning = new KeyBeginning('');
  return (inputs, context) => {
    const texts = textsOf(operation, inputs, context);
    const prefix = cacheKeyPrefixOf(operation, context.caller, context.forwarded);
    // Of what everybody shares all keys begin alike.
    if (beginning.text !== prefix) beginning = new KeyBeginning(prefix);
    return { prefix: beginning.text, texts, hashes: beginning.hashesOf(texts) };
  };
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
