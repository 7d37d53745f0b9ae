import { readFileSync } from 'node:fs';
import { type Configurable, isSetting, type Setting } from '../config/setting.ts';
import { isHeaderValue } from '../util/header-text.ts';
import type { TlsMaterial } from './connector.ts';
import { basicAuthorization, type Credentials, fixedCredentials, type HttpSecurity } from './credentials.ts';
import { headerNameProblem } from './header-values.ts';
import { clientCredentials } from './oauth.ts';

/**
 * How a datasource shows its service who it is. Secrets come from the environment and from nowhere else:
 * `env('RIDES_PASSWORD')`.
 */
export type BackendAuth =
  /** Basic authentication (RFC 7617). */
  | { readonly username: Configurable; readonly password: Setting }
  /** A bearer token that does not change (RFC 6750). */
  | { readonly token: Setting }
  /** A key in a header of this name. */
  | { readonly apiKey: Setting; readonly header: string }
  /** A key in a query parameter of this name. A header is better: queries are written down on the way. */
  | { readonly apiKey: Setting; readonly query: string }
  /** OAuth 2.0 client credentials (RFC 6749 §4.4): a token is fetched, shared by all requests, and renewed in time. */
  | OAuthClient;

export interface OAuthClient {
  readonly tokenUrl: Configurable;
  readonly clientId: Configurable;
  readonly clientSecret: Setting;
  /** Scopes, separated by blanks. */
  readonly scope?: Configurable;
  readonly audience?: Configurable;
}

/** TLS towards a service. Each is PEM text, or the path of a file that holds it. Verification cannot be switched off. */
export interface BackendTls {
  /** The authorities to trust, instead of the well-known ones. */
  readonly ca?: Configurable;
  /** The client certificate, with the chain that leads to the service's trust. */
  readonly certificate?: Configurable;
  readonly privateKey?: Setting;
  readonly passphrase?: Setting;
  /** The name that the service's certificate must hold. @default the host of the address */
  readonly serverName?: Configurable;
}

/** What a datasource over HTTP may say of credentials. */
export interface SecurityOptions {
  /** How the service is shown who asks. @default nothing is shown */
  readonly auth?: BackendAuth;
  /** Authorities to trust and a client certificate. @default well-known authorities, no certificate */
  readonly tls?: BackendTls;
}

const secretParts: ReadonlySet<string> = new Set([
  'password',
  'token',
  'apiKey',
  'clientSecret',
  'privateKey',
  'passphrase',
]);

/** Everything that the environment may give, by a name for messages: `auth token`. */
export function securitySettings({ auth, tls }: SecurityOptions): Record<string, Configurable> {
  const settings: Record<string, Configurable> = {};
  for (const [kind, parts] of Object.entries({ auth, tls }))
    for (const [name, value] of Object.entries(parts ?? {})) {
      if (kind === 'auth' && (name === 'header' || name === 'query')) continue;
      settings[`${kind} ${name}`] = value as Configurable;
    }
  return settings;
}

/**
 * Makes credentials and TLS of the options and the values that the environment had. Throws an `Error` that names the
 * option; a secret's value is never repeated.
 *
 * @param settings by the names of `securitySettings`
 */
export function securityOf(
  service: string,
  { auth, tls }: SecurityOptions,
  settings: Readonly<Record<string, string>>,
): HttpSecurity {
  const material = tls === undefined ? undefined : tlsOf(tls, settings);
  if (auth === undefined) return { tls: material };
  assertSecrets('auth', auth);
  return { tls: material, credentials: credentialsOf(service, auth, settings, material) };
}

function credentialsOf(
  service: string,
  auth: BackendAuth,
  settings: Readonly<Record<string, string>>,
  tls: TlsMaterial | undefined,
): Credentials {
  const value = (name: string): string => settings[`auth ${name}`] ?? '';
  if ('tokenUrl' in auth) {
    return clientCredentials({
      service,
      tokenUrl: value('tokenUrl'),
      clientId: value('clientId'),
      clientSecret: value('clientSecret'),
      scope: settings['auth scope'],
      audience: settings['auth audience'],
      tls,
    });
  }
  if ('username' in auth)
    return inHeader('authorization', basicAuthorization(value('username'), value('password')));
  if ('token' in auth) return inHeader('authorization', `Bearer ${value('token')}`);
  if ('header' in auth) {
    const problem = headerNameProblem(auth.header);
    if (problem !== undefined) throw new Error(problem);
    return inHeader(auth.header.toLowerCase(), value('apiKey'));
  }
  if (!('query' in auth))
    throw new Error(
      '`auth` must be a username and a password, a token, an apiKey with a header or a query, or an OAuth client.',
    );
  const query = `${encodeURIComponent(auth.query)}=${encodeURIComponent(value('apiKey'))}`;
  return fixedCredentials({ headers: {}, query });
}

function inHeader(name: string, text: string): Credentials {
  if (!isHeaderValue(text)) throw new Error('A secret in `auth` holds characters that headers cannot.');
  return fixedCredentials({ headers: { [name]: text } });
}

function tlsOf(tls: BackendTls, settings: Readonly<Record<string, string>>): TlsMaterial {
  assertSecrets('tls', tls);
  if ((tls.certificate === undefined) !== (tls.privateKey === undefined))
    throw new Error('`tls.certificate` and `tls.privateKey` belong together: give both.');
  return {
    ca: pemOf('ca', settings['tls ca']),
    certificate: pemOf('certificate', settings['tls certificate']),
    privateKey: pemOf('privateKey', settings['tls privateKey']),
    passphrase: settings['tls passphrase'],
    serverName: settings['tls serverName'],
  };
}

function pemOf(name: string, given: string | undefined): string | undefined {
  if (given === undefined || given.includes('-----BEGIN')) return given;
  try {
    return readFileSync(given, 'utf8');
  } catch (thrown) {
    const code = (thrown as { code?: string }).code ?? 'unknown';
    throw new Error(`\`tls.${name}\` is neither PEM text nor the path of a file that can be read (${code}).`);
  }
}

/** A definition is read by many and kept for ever: no secret stands in it. */
function assertSecrets(kind: string, parts: object): void {
  for (const [name, value] of Object.entries(parts)) {
    if (!secretParts.has(name) || value === undefined || isSetting(value)) continue;
    throw new Error(`\`${kind}.${name}\` is a secret: take it from the environment with env('…').`);
  }
}
