import { rightsOf } from '../../caller.ts';
import { cacheKeyPrefixOf } from '../../operations/cache-key.ts';
import { canonical } from '../../util/canonical.ts';
import { mediaTypes } from '../answer-status.ts';
import type { HttpRun } from '../http-run.ts';
import type { KnownDocument } from '../known-documents.ts';

/** Longer ones are not worth a place: the variables that make them so are hardly sent twice. */
const longestKey = 8_192;

/** What a request asks, whoever asks it: document, operation, and the canonical text of the variables that it declares. */
export function wholeQuestion(
  { hash, operationName = '', variables: declared }: KnownDocument,
  variables: Readonly<Record<string, unknown>> | undefined,
): string {
  let question = `${hash}|${operationName}|`;
  if (variables !== undefined) {
    for (const name of declared)
      if (Object.hasOwn(variables, name)) question += `${name}:${canonical(variables[name])},`;
  }
  return question;
}

/**
 * The key of a whole answer: contract and resolvers, whom it may be shared among, audience (which may see what), rights
 * (where they decide), media type, and the question.
 *
 * @returns `undefined` where it would be too long
 */
export function wholeAnswerKey(
  question: string,
  { policy: { scope, byRights } }: KnownDocument,
  { caller, mediaType }: Pick<HttpRun, 'caller' | 'mediaType'>,
  version: string,
): string | undefined {
  const media = mediaType === mediaTypes.json ? 'json' : 'response';
  const prefix = cacheKeyPrefixOf({ name: 'whole-answer', version, scope }, caller);
  const key = `${prefix}${caller.audience}|${byRights ? rightsOf(caller) : ''}|${media}|${question}`;
  return key.length <= longestKey ? key : undefined;
}
