import type { IncomingHttpHeaders } from 'node:http';
import type { Scope } from '../../operations/operation.ts';
import type { Description, Freshness, Validator } from '../../operations/outcome.ts';

/** Ages and lifetimes beyond a year are taken for one. */
const longestSeconds = 31_536_000;

/**
 * What an answer's headers say about keeping it (RFC 9111 §5.2, RFC 5861), or `undefined` where they say nothing.
 *
 * Not storable: `no-store`; `private` unless the scope is `caller`; `Vary: *`, and `Vary` by a credential that an input
 * gave unless the scope is `caller`. `no-cache` may be kept, but is asked about every time. `s-maxage` goes before
 * `max-age`, and `Age` is taken off. `must-revalidate` forbids stale answers.
 *
 * @param headersFromInputs names, in lower case, of request headers whose value an input decided
 */
export function descriptionOf(
  headers: IncomingHttpHeaders,
  scope: Scope | undefined,
  headersFromInputs: ReadonlySet<string>,
): Description | undefined {
  const { etag, vary, age } = headers;
  const lastModified = headers['last-modified'];
  const control = headers['cache-control'];
  if (etag === undefined && lastModified === undefined && control === undefined && vary === undefined)
    return undefined;
  const directives = control === undefined ? undefined : directivesOf(control);
  const storable = isStorable(directives, scope) && !variesBeyond(vary, scope, headersFromInputs);
  const freshness = directives === undefined ? undefined : freshnessOf(directives, secondsOf(age) ?? 0);
  const validator = validatorOf(etag, lastModified);
  if (storable && freshness === undefined && validator === undefined) return undefined;
  return {
    ...(freshness !== undefined && { freshness }),
    ...(validator !== undefined && { validator }),
    ...(!storable && { storable }),
  };
}

/** The headers that ask "has it changed?" (RFC 9110 §13.1). */
export function conditionalHeaders({ etag, lastModified }: Validator): Record<string, string> {
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

type Directives = ReadonlyMap<string, string>;

function directivesOf(header: string): Directives {
  const directives = new Map<string, string>();
  // Extension directives may quote their value, commas included.
  for (const [, name, quoted, token] of header.matchAll(/([^\s,=]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,]*)))?/g))
    directives.set((name as string).toLowerCase(), quoted ?? token ?? '');
  return directives;
}

function isStorable(directives: Directives | undefined, scope: Scope | undefined): boolean {
  if (directives === undefined) return true;
  return !directives.has('no-store') && (scope === 'caller' || !directives.has('private'));
}

function variesBeyond(
  vary: string | undefined,
  scope: Scope | undefined,
  headersFromInputs: ReadonlySet<string>,
): boolean {
  if (vary === undefined) return false;
  const names = vary.toLowerCase().split(/[\s,]+/);
  if (names.includes('*')) return true;
  if (scope === 'caller') return false;
  return ['authorization', 'cookie'].some((name) => names.includes(name) && headersFromInputs.has(name));
}

function freshnessOf(directives: Directives, ageSeconds: number): Freshness | undefined {
  const lifetime = lifetimeOf(directives);
  if (lifetime === undefined) return undefined;
  const ttlMs = Math.max(lifetime - ageSeconds, 0) * 1_000;
  if (directives.has('must-revalidate') || directives.has('proxy-revalidate'))
    return { ttlMs, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
  const whileRevalidating = secondsOf(directives.get('stale-while-revalidate'));
  const ifError = secondsOf(directives.get('stale-if-error'));
  return {
    ttlMs,
    // What the backend does not say is left to the definition: the member must be absent then.
    ...(whileRevalidating !== undefined && { staleWhileRevalidateMs: whileRevalidating * 1_000 }),
    ...(ifError !== undefined && { staleIfErrorMs: ifError * 1_000 }),
  };
}

function lifetimeOf(directives: Directives): number | undefined {
  if (directives.has('no-cache')) return 0;
  const given = directives.get('s-maxage') ?? directives.get('max-age');
  // A lifetime that cannot be read counts as over (RFC 9111 §4.2.1).
  return given === undefined ? undefined : (secondsOf(given) ?? 0);
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Math.min(Number(text), longestSeconds);
}

function validatorOf(etag: string | undefined, lastModified: string | undefined): Validator | undefined {
  if (etag === undefined && lastModified === undefined) return undefined;
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}
