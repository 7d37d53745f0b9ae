import type { Configurable } from '../../config/setting.ts';
import { TributaryError } from '../../errors.ts';
import { isTimeZone } from '../../formats/xmlrpc/dates.ts';
import { XMLRPC_LIMITS } from '../../formats/xmlrpc/limits.ts';
import {
  type Datasource,
  type DatasourceOptions,
  datasourceDefaults,
  defineDatasource,
  type OperationSpecs,
} from '../../operations/datasource.ts';
import type { ForwardingOptions } from '../../operations/forwarding.ts';
import type { OpenContext, Transport } from '../../operations/transport.ts';
import { headerNameProblem } from '../../wire/header-values.ts';
import { type ConnectionOptions, type HttpClient, openHttpClient } from '../../wire/http-client.ts';
import { type SecurityOptions, securityOf, securitySettings } from '../../wire/security.ts';
import { addressOf } from './address.ts';
import type { XmlRpcSpec } from './builders.ts';
import { xmlRpcClient } from './client.ts';
import { cookieJar } from './cookies.ts';
import type { FaultMap } from './faults.ts';
import { MulticallUse } from './multicall-use.ts';
import { type Backend, prepareMethod } from './prepare.ts';

/** One XML-RPC server. */
export interface XmlRpcOptions<Specs extends OperationSpecs>
  extends DatasourceOptions<Specs>,
    ConnectionOptions,
    SecurityOptions,
    ForwardingOptions {
  /**
   * Where the server is: `http://127.0.0.1:9001/RPC2`. Without a path, `/RPC2`; `user:password@` is basic
   * authentication.
   */
  readonly url: Configurable;
  /**
   * The Unix-domain socket that the server listens on: `/run/supervisor.sock`. The host and port of `url` are then not
   * connected to; its path is asked for.
   * @default the host and port of `url`
   */
  readonly socketPath?: Configurable;
  /** Sent with every request: `{ 'X-Api-Key': env('DISPATCH_KEY') }`. */
  readonly headers?: Readonly<Record<string, Configurable>>;
  /**
   * Goes before the parameters of every call: `env('TOKEN')`, `[env('ODOO_DATABASE'), 2, env('ODOO_KEY')]`.
   * @default nothing
   */
  readonly firstArgument?: FirstArgument | readonly FirstArgument[];
  /** Sends back the cookies that the server sets. @default false */
  readonly cookies?: boolean;
  /**
   * How many inputs travel in one request. `detect`: `system.multicall` is tried on the first batch and left alone where
   * it does not work; `bare`: the server puts results in the list without an array of their own, as supervisord does;
   * `never`: every input is a request.
   * @default 'detect'
   */
  readonly multicall?: 'detect' | 'bare' | 'never';
  /** The most inputs in one multicall. @default 100 */
  readonly maxInputs?: number;
  /** What faults mean, for all operations: `{ 10: 'NOT_FOUND' }`. @default `DOWNSTREAM_SERVICE_ERROR` */
  readonly onFault?: FaultMap;
  /** The zone of the server's dates, which say none themselves: `Z`, `+02:00`. @default dates stay without a zone */
  readonly timeZone?: string;
  /** Lets null be written, as `<nil/>`, wherever an input has it. @default false: only where a parameter is `nil` */
  readonly nil?: boolean;
  /** The most values in one answer. @default 1000000 */
  readonly maxValues?: number;
  /** What the readiness check asks for by GET; any answer below 500 will do, and 501. @default '/health' */
  readonly healthPath?: string;
}

/** Text, which the environment may give, or a whole number. */
export type FirstArgument = Configurable | number;

export const xmlRpcDefaults = {
  multicall: 'detect',
  maxInputs: 100,
  cookies: false,
  nil: false,
  maxResponseBytes: 10_485_760,
  maxValues: XMLRPC_LIMITS.maxValues,
  healthPath: '/health',
} as const;

/**
 * An XML-RPC server. Nothing is sent before the first call.
 *
 * @param name of the datasource; clients see it as `extensions.service`
 * @example
 * export const dispatch = xmlrpc('dispatch', {
 *   url: env('DISPATCH_URL', 'http://127.0.0.1:4103'),
 *   operations: {
 *     position: method<{ driverId: string }, Position | null>('dispatch.position', {
 *       params: [string('driverId')],
 *       onFault: { 404: null },
 *     }),
 *   },
 * });
 */
export function xmlrpc<Specs extends OperationSpecs>(
  name: string,
  options: XmlRpcOptions<Specs>,
): Datasource<Specs> {
  return defineDatasource('xmlrpc', name, options, settingsOf(options), (context) =>
    openXmlRpc(name, options, context),
  );
}

type Options = Omit<XmlRpcOptions<OperationSpecs>, 'operations'>;

function openXmlRpc(service: string, given: Options, context: OpenContext): Transport<XmlRpcSpec> {
  const options = { ...xmlRpcDefaults, ...given };
  assertOptions(options);
  const { settings, forwarding } = context;
  const { baseUrl, path } = addressOf(settings.url ?? '');
  const http = openHttpClient({
    ...options,
    service,
    baseUrl,
    baseUrlOption: 'url',
    socketPath: settings.socketPath,
    security: securityOf(service, options, settings),
  });
  const cookies = options.cookies ? cookieJar() : undefined;
  const backend: Backend = {
    service,
    client: xmlRpcClient({ service, http, path, headers: headersOf(options, settings), cookies, forwarding }),
    multicall: new MulticallUse(service, options.multicall !== 'never', context.log),
    bareResults: options.multicall === 'bare',
    maxInputs: options.maxInputs,
    concurrency: options.concurrency ?? datasourceDefaults.concurrency,
    onFault: options.onFault ?? {},
    first: firstArguments(options).map((value, index) =>
      typeof value === 'number' ? value : (settings[firstArgumentName(index)] ?? ''),
    ),
    writing: { timeZone: options.timeZone, nil: options.nil },
    limits: { maxBytes: options.maxResponseBytes, maxValues: options.maxValues },
  };
  return {
    prepare: (spec) => prepareMethod(spec, backend) as never,
    ping: (signal) => ping(http, options.healthPath, service, signal),
    close: () => http.close(),
  };
}

/** Everything that the environment may give, by a name for messages. */
function settingsOf(options: Options): Readonly<Record<string, Configurable>> {
  const settings: Record<string, Configurable> = { url: options.url, ...securitySettings(options) };
  if (options.socketPath !== undefined) settings.socketPath = options.socketPath;
  for (const [name, value] of Object.entries(options.headers ?? {})) settings[`header ${name}`] = value;
  firstArguments(options).forEach((value, index) => {
    if (typeof value !== 'number') settings[firstArgumentName(index)] = value;
  });
  return settings;
}

function firstArguments({ firstArgument = [] }: Options): readonly FirstArgument[] {
  return Array.isArray(firstArgument) ? firstArgument : [firstArgument as FirstArgument];
}

function firstArgumentName(index: number): string {
  return `firstArgument ${index + 1}`;
}

function headersOf(options: Options, settings: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(options.headers ?? {})) {
    const problem = headerNameProblem(name);
    if (problem !== undefined) throw new Error(problem);
    headers[name.toLowerCase()] = settings[`header ${name}`] ?? '';
  }
  return headers;
}

function assertOptions({ maxInputs, timeZone, maxValues }: Options): void {
  for (const [name, value] of Object.entries({ maxInputs, maxValues })) {
    if (Number.isInteger(value) && Number(value) >= 1) continue;
    throw new Error(`\`${name}\` must be a whole number of at least 1, but is ${value}.`);
  }
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new Error('`timeZone` must be `Z` or an offset such as `+02:00`.');
}

/** Whatever answers is there, even with "501 Not Implemented": servers that only know POST say so. */
async function ping(http: HttpClient, path: string, service: string, signal: AbortSignal): Promise<void> {
  const { status } = await http.request({ method: 'GET', path, headers: {}, signal });
  if (status < 500 || status === 501) return;
  throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, { service, detail: `GET ${path}: ${status}.` });
}
