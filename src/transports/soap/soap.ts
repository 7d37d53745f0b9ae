import type { Configurable } from '../../config/setting.ts';
import { TributaryError } from '../../errors.ts';
import type { AddressingOptions as AddressingHeaders } from '../../formats/soap/addressing.ts';
import type { CallOptions } from '../../formats/wsdl/call.ts';
import type { SoapOperation } from '../../formats/wsdl/operation.ts';
import {
  type Datasource,
  type DatasourceOptions,
  defineDatasource,
  type OperationSpecs,
} from '../../operations/datasource.ts';
import type { ForwardingOptions } from '../../operations/forwarding.ts';
import type { OpenContext, Transport } from '../../operations/transport.ts';
import { headerNameProblem } from '../../wire/header-values.ts';
import { type ConnectionOptions, type HttpClient, openHttpClient } from '../../wire/http-client.ts';
import { wireLimitDefaults } from '../../wire/limits.ts';
import {
  type SecurityOptions as HttpSecurityOptions,
  securitySettings as httpSecuritySettings,
  securityOf,
} from '../../wire/security.ts';
import { addressOf, parseUrl } from './address.ts';
import type { SoapSpec } from './builders.ts';
import { compileOperations } from './description.ts';
import type { FaultMap } from './faults.ts';
import { prepareOperation } from './prepare.ts';
import { openSecurity, type SecurityOptions, securitySettings } from './security.ts';

/** WS-Addressing headers: `to` is the service's address, `action` the operation's, unless said otherwise. */
export type AddressingOptions = Partial<AddressingHeaders>;

/** One SOAP service. */
export interface SoapOptions<Specs extends OperationSpecs>
  extends DatasourceOptions<Specs>,
    ConnectionOptions,
    HttpSecurityOptions,
    ForwardingOptions {
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
  /** What the readiness check asks for by GET; any answer below 500 will do, and 501. @default '/health' */
  readonly healthPath?: string;
}

export const soapDefaults = { healthPath: '/health' } as const;

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
type Settings = Readonly<Record<string, string>>;

async function openSoap(
  service: string,
  options: Options,
  { settings, log, forwarding }: OpenContext,
): Promise<Transport<SoapSpec>> {
  const specs = Object.values(options.operations).map(({ spec }) => spec as SoapSpec);
  const { operations, digest } = await compileOperations(options, specs, log);
  const { maxResponseBytes, healthPath } = { ...wireLimitDefaults, ...soapDefaults, ...options };
  const headers = headersOf(options, settings);
  const clients = httpClients(service, options, settings);
  for (const operation of operations.values()) {
    if (!(operation instanceof Error)) clients.at(addressOf(settings.url, operation.address).baseUrl);
  }
  const writing = writingOf(options, settings);
  const reading = {
    limits: { maxBytes: maxResponseBytes },
    ...(options.requireAll !== undefined && { requireAll: options.requireAll }),
  };
  return {
    documents: digest,
    prepare(spec) {
      const operation = operationOf(operations.get(spec));
      const { baseUrl, path } = addressOf(settings.url, operation.address);
      const http = clients.at(baseUrl);
      const addressing = options.addressing && {
        addressing: addressingOf(options.addressing, baseUrl, path),
      };
      const repeatable = spec.kind === 'read';
      const to = {
        service,
        operation,
        http,
        path,
        repeatable,
        headers,
        reading,
        forwarding,
        writing: { ...writing, ...addressing },
      };
      return prepareOperation(spec, to, options.onFault ?? {}) as never;
    },
    ping: (signal) => clients.ping(healthPath, signal),
    close: () => clients.close(),
  };
}

function operationOf(operation: SoapOperation | Error | undefined): SoapOperation {
  if (operation === undefined) throw new Error('The operation does not belong to this datasource.');
  if (operation instanceof Error) throw operation;
  return operation;
}

/** The clients of the origins that the ports are at: one, unless the description says otherwise. */
function httpClients(service: string, options: Options, settings: Settings) {
  const clients = new Map<string, HttpClient>();
  return {
    at(baseUrl: string): HttpClient {
      const open = clients.get(baseUrl);
      if (open !== undefined) return open;
      const client = openHttpClient({
        ...options,
        service,
        baseUrl,
        baseUrlOption: options.url === undefined ? 'the address in the WSDL' : 'url',
        security: securityOf(service, options, settings),
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

function writingOf({ security, mtomFromBytes }: Options, settings: Settings): CallOptions {
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
  for (const [name, value] of Object.entries(options.headers ?? {})) settings[`header ${name}`] = value;
  return { ...settings, ...httpSecuritySettings(options), ...securitySettings(options.security ?? {}) };
}

function headersOf(options: Options, settings: Settings): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(options.headers ?? {})) {
    const problem = headerNameProblem(name);
    if (problem !== undefined) throw new Error(problem);
    headers[name.toLowerCase()] = settings[`header ${name}`] ?? '';
  }
  return headers;
}
