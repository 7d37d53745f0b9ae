import { cacheKeyPrefixOf } from '../../operations/cache-key.ts';
import { canonical } from '../../util/canonical.ts';
import { mediaTypes } from '../answer-status.ts';
import type { HttpRun } from '../http-run.ts';
import type { KnownDocument } from '../known-documents.ts';

/** Longer ones are not worth a place: the variables that make them so are hardly sent twice. */
const longestKey = 8_192;

/**
 * The key of a whole answer: contract and resolvers, whom it may be shared among, audience (which may see what), media
 * type, document, operation, and the canonical text of the variables that the operation declares.
 *
 * @returns `undefined` where it would be too long
 */
export function wholeAnswerKey(
  { hash, operationName = '', policy: { scope }, variables: declared }: KnownDocument,
  variables: Readonly<Record<string, unknown>> | undefined,
  { caller, mediaType }: Pick<HttpRun, 'caller' | 'mediaType'>,
  version: string,
): string | undefined {
  const media = mediaType === mediaTypes.json ? 'json' : 'response';
  let key = `${cacheKeyPrefixOf({ name: 'whole-answer', version, scope }, caller)}${caller.audience}|${media}|${hash}|${operationName}|`;
  if (variables !== undefined) {
    for (const name of declared)
      if (Object.hasOwn(variables, name)) key += `${name}:${canonical(variables[name])},`;
  }
  return key.length <= longestKey ? key : undefined;
}
