import { TributaryError } from '../errors.ts';
import { type BaseUrl, parseUrl } from './base-url.ts';

/** Path and query as they are sent, below the base URL's path. The root is `/`, never empty (RFC 9112 §3.2.1). */
export function targetOf({ basePath }: BaseUrl, path: string, query: string | undefined): string {
  const bare = basePath + path;
  const target = query === undefined ? bare : `${bare}${bare.includes('?') ? '&' : '?'}${query}`;
  return target === '' || target.startsWith('?') ? `/${target}` : target;
}

/** What the log is told of a target: never its query. */
export function routeOf({ basePath }: BaseUrl, route: string | undefined, target: string): string {
  return route === undefined ? (target.split('?', 1)[0] as string) : basePath + route;
}

/**
 * The last fence before the wire, whatever put the path together: read as a URL, the target must be of this origin and
 * must already be in its normal form. `//evil/x`, `/a/../../b`, a backslash and a control character are not.
 *
 * @param maxLength of the target, in characters; the default is what every server is expected to take (RFC 9110 §4.1)
 * @param route the path as its definition has it, for the log
 * @throws `BAD_USER_INPUT`
 */
export function assertTarget(
  target: string,
  base: BaseUrl,
  maxLength: number,
  route: string | undefined,
  service: string,
): void {
  if (target.length > maxLength)
    throw new TributaryError('BAD_USER_INPUT', 'The values are too long to be sent in an address.', {
      service,
      detail: `${target.length} characters.`,
    });
  if (isBelow(target, base.basePath) && (plain.test(target) || isNormal(target, base))) return;
  throw new TributaryError('BAD_USER_INPUT', 'A value cannot be sent as part of a path.', {
    service,
    detail: `The path made of ${routeOf(base, route, target)} is not one below the base URL.`,
  });
}

/**
 * Normal at a glance, for a tenth of what reading a URL costs: segments of plain characters, none empty, none that begins
 * with a dot or a percent sign, so that none is a dot segment in disguise.
 */
const plain = /^(?:\/(?![.%])[\w~!$&'()*+,;=:@%.-]+)*\/?(?:\?[\w~!$&'()*+,;=:@%./?-]*)?$/;

function isBelow(target: string, basePath: string): boolean {
  const after = target[basePath.length];
  return target.startsWith(basePath) && (after === undefined || after === '/' || after === '?');
}

function isNormal(target: string, { origin, basePath }: BaseUrl): boolean {
  const url = parseUrl(origin + target);
  const path = target.split('?', 1)[0] as string;
  return (
    url !== null &&
    url.origin === origin &&
    url.pathname === path &&
    !path.slice(basePath.length).includes('//') &&
    !/[^\x21-\x7e]|#/.test(target)
  );
}
