import type { Configurable } from '../../config/setting.ts';
import { TributaryError } from '../../errors.ts';
import type { AddressingOptions as AddressingHeaders } from '../../formats/soap/addressing.ts';
import type { CallOptions } from '../../formats/wsdl/call.ts';
import {
  type Datasource,
  type DatasourceOptions,
  defineDatasource,
  type OperationSpecs,
} from '../../operations/datasource.ts';
import type { OpenContext, Transport } from '../../operations/transport.ts';
import { headerNameProblem } from '../../wire/header-values.ts';
import { type HttpClient, openHttpClient } from '../../wire/http-client.ts';
import { addressOf, parseUrl } from './address.ts';
import type { SoapSpec } from './builders.ts';
import { type CompiledOperations, compileOperations } from './description.ts';
import type { FaultMap } from './faults.ts';
import { prepareOperation } from './prepare.ts';
import { openSecurity, type SecurityOptions, securitySettings } from './security.ts';

/** WS-Addressing headers: `to` is the service's address, `action` the operation's, unless said otherwise. */
export type AddressingOptions = Partial<AddressingHeaders>;

/** One SOAP service. */
export interface SoapOptions<Specs extends OperationSpecs> extends DatasourceOptions<Specs> {
  /**
   * The WSDL 1.1 description: a file of the project, `new URL('./tariffs.wsdl', import.meta.url)`, or a path relative to
   * the working directory. It is read at start-up, with the files that it imports; nothing is fetched.
   */
  readonly wsdl: string | URL;
  /**
   * Where the service is. Without a path, the path of the description's address; `user:password@` is basic authentication.
   * @default the address in the description
   */
  readonly url?: Configurable;
  /** The service of the description, where it has several. @default the first that has the operation */
  readonly service?: string;
  /** The port, where the service has several: SOAP 1.1 and 1.2, say. @default the first that has the operation */
  readonly port?: string;
  /** Basic authentication, or a bearer token. */
  readonly auth?:
    | { readonly username: Configurable; readonly password: Configurable }
    | { readonly token: Configurable };
  /** HTTP headers sent with every request: `{ 'X-Api-Key': env('TARIFFS_KEY') }`. */
  readonly headers?: Readonly<Record<string, Configurable>>;
  /** The WS-Security header: a name and password, a timestamp, a signature. @default none */
  readonly security?: SecurityOptions;
  /** Sends WS-Addressing headers, the usual ones or those given. @default false */
  readonly addressing?: boolean | AddressingOptions;
  /**
   * Sends base64 values of at least so many bytes beside the envelope, as they are (MTOM). Such answers are always read.
   * @default never
   */
  readonly mtomFromBytes?: number;
  /** What faults mean, for all operations: `{ Client: 'BAD_USER_INPUT' }`. @default `DOWNSTREAM_SERVICE_ERROR` */
  readonly onFault?: FaultMap;
  /**
   * Makes an answer that lacks what its schema requires an error. `false` lets the member be missing instead.
   * @default true, and false for encoded messages, which leave out what is null
   */
  readonly requireAll?: boolean;
  /** The largest answer accepted, in bytes. @default 10485760 */
  readonly maxResponseBytes?: number;
  /** Accepts compressed answers: less traffic, more CPU. @default false */
  readonly compression?: boolean;
  /** The most sockets kept open to the service. @default 64 */
  readonly connections?: number;
  /** How long opening a socket may take, in milliseconds. @default 1000 */
  readonly connectTimeoutMs?: number;
  /** What the readiness check asks for by GET; any answer below 500 will do, and 501. @default '/health' */
  readonly healthPath?: string;
}

export const soapDefaults = { maxResponseBytes: 10_485_760, healthPath: '/health' } as const;

/**
 * A SOAP service, by its description. Values are typed by its schema: what is sent is what the schema demands, and
 * what comes keeps every digit.
 *
 * @param name of the datasource; clients see it as `extensions.service`
 * @example
 * export const tariffs = soap('tariffs', {
 *   wsdl: new URL('./tariffs.wsdl', import.meta.url),
 *   url: env('TARIFFS_URL', 'http://127.0.0.1:4102'),
 *   onFault: { TariffFault: 'BAD_USER_INPUT' },
 *   operations: {
 *     products: request<{ cityId: string }, Product[]>('ListProducts', { answer: 'product' }),
 *   },
 * });
 */
export function soap<Specs extends OperationSpecs>(
  name: string,
  options: SoapOptions<Specs>,
): Datasource<Specs> {
  return defineDatasource('soap', name, options, settingsOf(options), (context) =>
    openSoap(name, options, context),
  );
}

type Options = SoapOptions<OperationSpecs>;

async function openSoap(
  service: string,
  options: Options,
  { settings, log }: OpenContext,
): Promise<Transport<SoapSpec>> {
  const specs = Object.values(options.operations).map(({ spec }) => spec as SoapSpec);
  const compiled = await compileOperations(options, specs, log);
  const { maxResponseBytes, healthPath } = { ...soapDefaults, ...options };
  const headers = headersOf(options, settings);
  const clients = httpClients(service, options);
  for (const operation of compiled.values()) {
    if (!(operation instanceof Error)) clients.at(addressOf(settings.url, operation.address).baseUrl);
  }
  const writing = writingOf(options, settings);
  const reading = {
    limits: { maxBytes: maxResponseBytes },
    ...(options.requireAll !== undefined && { requireAll: options.requireAll }),
  };
  return {
    prepare(spec) {
      const operation = operationOf(compiled, spec);
      const { baseUrl, path } = addressOf(settings.url, operation.address);
      const http = clients.at(baseUrl);
      const addressing = options.addressing && {
        addressing: addressingOf(options.addressing, baseUrl, path),
      };
      const to = { service, operation, http, path, headers, reading, writing: { ...writing, ...addressing } };
      return prepareOperation(spec, to, options.onFault ?? {}) as never;
    },
    ping: (signal) => clients.ping(healthPath, signal),
    close: () => clients.close(),
  };
}

function operationOf(compiled: CompiledOperations, spec: SoapSpec) {
  const operation = compiled.get(spec);
  if (operation === undefined) throw new Error('The operation does not belong to this datasource.');
  if (operation instanceof Error) throw operation;
  return operation;
}

/** The clients of the origins that the ports are at: one, unless the description says otherwise. */
function httpClients(service: string, options: Options) {
  const clients = new Map<string, HttpClient>();
  return {
    at(baseUrl: string): HttpClient {
      const open = clients.get(baseUrl);
      if (open !== undefined) return open;
      const { connections, connectTimeoutMs, maxResponseBytes, compression } = options;
      const client = openHttpClient({
        service,
        baseUrl,
        baseUrlOption: options.url === undefined ? 'the address in the WSDL' : 'url',
        ...(connections !== undefined && { connections }),
        ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
        ...(maxResponseBytes !== undefined && { maxResponseBytes }),
        ...(compression !== undefined && { compression }),
      });
      clients.set(baseUrl, client);
      return client;
    },
    /** Whatever answers is there, even with "501 Not Implemented": services that only know POST say so. */
    async ping(path: string, signal: AbortSignal): Promise<void> {
      for (const client of clients.values()) {
        const { status } = await client.request({ method: 'GET', path, headers: {}, signal });
        if (status < 500 || status === 501) continue;
        const detail = `GET ${path}: ${status}.`;
        throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, { service, detail });
      }
    },
    async close(): Promise<void> {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

function writingOf(
  { security, mtomFromBytes }: Options,
  settings: Readonly<Record<string, string>>,
): CallOptions {
  if (security?.signature !== undefined && mtomFromBytes !== undefined)
    throw new Error(
      '`security.signature` and `mtomFromBytes` do not go together: what is beside the envelope is not signed.',
    );
  return {
    ...(security !== undefined && { security: openSecurity(security, settings) }),
    ...(mtomFromBytes !== undefined && { mtomFromBytes }),
  };
}

/** The address without credentials, unless the datasource says another. */
function addressingOf(options: true | AddressingOptions, baseUrl: string, path: string): AddressingOptions {
  const to = `${parseUrl(baseUrl)?.origin ?? ''}${path}`;
  return options === true ? { to } : { to, ...options };
}

/** Everything that the environment may give, by a name for messages. */
function settingsOf(options: Options): Readonly<Record<string, Configurable>> {
  const settings: Record<string, Configurable> = {};
  if (options.url !== undefined) settings.url = options.url;
  for (const [name, value] of Object.entries(options.auth ?? {})) settings[`auth ${name}`] = value;
  for (const [name, value] of Object.entries(options.headers ?? {})) settings[`header ${name}`] = value;
  return { ...settings, ...securitySettings(options.security ?? {}) };
}

function headersOf(options: Options, settings: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(options.headers ?? {})) {
    const problem = headerNameProblem(name);
    if (problem !== undefined) throw new Error(problem);
    headers[name.toLowerCase()] = settings[`header ${name}`] ?? '';
  }
  if (options.auth !== undefined) headers.authorization = authorizationOf(settings);
  return headers;
}

function authorizationOf(settings: Readonly<Record<string, string>>): string {
  const token = settings['auth token'];
  if (token !== undefined) return `Bearer ${token}`;
  const credentials = `${settings['auth username'] ?? ''}:${settings['auth password'] ?? ''}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
