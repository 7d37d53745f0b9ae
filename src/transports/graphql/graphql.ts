import { type Problem, ProblemsError } from '../../config/problems.ts';
import type { Configurable } from '../../config/setting.ts';
import { TributaryError, toError } from '../../errors.ts';
import { type Datasource, defineDatasource, type OperationSpecs } from '../../operations/datasource.ts';
import type { OpenContext, Transport } from '../../operations/transport.ts';
import { isHeaderValue } from '../../util/header-text.ts';
import { type Headers, headerNameProblem } from '../../wire/header-values.ts';
import { type HttpClient, openHttpClient } from '../../wire/http-client.ts';
import { securityOf, securitySettings } from '../../wire/security.ts';
import type { GraphQLSpec } from './builders.ts';
import { assertDatasource } from './check-options.ts';
import { graphqlClient } from './client.ts';
import { usualCodes } from './error-codes.ts';
import { type GraphQLOptions, graphqlDefaults } from './options.ts';
import { type Common, compileOperation, prepareOperation } from './prepare.ts';
import { readSchema } from './schema.ts';

/**
 * A GraphQL server: fixed documents, whose variables are the inputs. Nothing is sent before the first call.
 *
 * @param name of the datasource; clients see it as `extensions.service`
 * @example
 * export const catalog = graphql('catalog', {
 *   url: env('CATALOG_URL', 'http://127.0.0.1:4000/graphql'),
 *   operations: { book: query<{ isbn: string }, Book | null>`query Book($isbn: ID!) { book(isbn: $isbn) { title } }` },
 * });
 */
export function graphql<const Specs extends OperationSpecs>(
  name: string,
  options: GraphQLOptions<Specs>,
): Datasource<Specs> {
  const operations = options.aliases === false ? unbatched(options.operations) : options.operations;
  return defineDatasource(
    'graphql',
    name,
    { ...options, operations },
    settingsOf(options),
    (context) => openGraphQL(name, options, context),
    () => documentProblems(name, options),
  );
}

/** What decides about all operations. Rejects where an option cannot be meant, or the schema cannot be read. */
async function commonOf(service: string, options: GraphQLOptions<OperationSpecs>): Promise<Common> {
  assertDatasource(options);
  return {
    service,
    schema: options.schema && (await readSchema(options.schema, service)),
    aliases: options.aliases ?? graphqlDefaults.aliases,
    maxInputs: options.maxInputs ?? graphqlDefaults.maxInputs,
    errors: { ...usualCodes, ...options.onError },
  };
}

/** All that is wrong with the documents, for `check`, which has neither settings nor a server. */
async function documentProblems(
  name: string,
  options: GraphQLOptions<OperationSpecs>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const note = (subject: string, thrown: unknown): void => {
    if (thrown instanceof ProblemsError) problems.push(...thrown.problems);
    else
      problems.push({
        place: name,
        subject,
        message: toError(thrown).message,
        mend: 'Mend the definition of the datasource.',
      });
  };
  try {
    const common = await commonOf(name, options);
    for (const [key, { spec }] of Object.entries(options.operations))
      try {
        compileOperation(spec as GraphQLSpec, `${name}.${key}`, common);
      } catch (thrown) {
        note(`${name}.${key}`, thrown);
      }
  } catch (thrown) {
    note(name, thrown);
  }
  return problems;
}

async function openGraphQL(
  service: string,
  options: GraphQLOptions<OperationSpecs>,
  { settings, forwarding, log }: OpenContext,
): Promise<Transport<GraphQLSpec>> {
  const common = await commonOf(service, options);
  const { healthPath } = options;
  const { baseUrl, path } = addressOf(settings.url ?? '');
  const http = openHttpClient({
    ...options,
    service,
    baseUrl,
    baseUrlOption: 'url',
    security: securityOf(service, options, settings),
  });
  const backend = {
    ...common,
    client: graphqlClient({ service, http, path, headers: headersOf(options, settings), forwarding }),
    log,
  };
  return {
    documents: common.schema?.digest ?? '',
    prepare: (spec, operation) => prepareOperation(spec, operation, backend) as never,
    ping: (signal) =>
      healthPath === undefined ? ping(http, path, service, signal) : http.ping(healthPath, signal),
    close: () => http.close(),
  };
}

/** Without aliases every input is a request: the rules of `check` must know. What a list argument merges stays merged. */
function unbatched<Specs extends OperationSpecs>(specs: Specs): Specs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const { options } = spec.spec as GraphQLSpec;
      const merged = spec.adapters.some((adapter) => adapter.name === 'merge');
      return [name, merged || options.aliases === true ? spec : { ...spec, batched: false }];
    }),
  ) as Specs;
}

/** An address that cannot be read is handed on whole: the HTTP client says what is wrong with it. */
function addressOf(url: string): { baseUrl: string; path: string } {
  if (!URL.canParse(url)) return { baseUrl: url, path: '' };
  const parsed = new URL(url);
  const path = parsed.pathname + parsed.search;
  parsed.pathname = '/';
  parsed.search = '';
  return { baseUrl: parsed.href, path };
}

/** Everything that the environment may give, by a name for messages. */
function settingsOf(options: GraphQLOptions<OperationSpecs>): Readonly<Record<string, Configurable>> {
  const settings: Record<string, Configurable> = { url: options.url, ...securitySettings(options) };
  for (const [name, value] of Object.entries(options.headers ?? {})) settings[`headers.${name}`] = value;
  return settings;
}

/** Values are not repeated in messages: they may be secrets. */
function headersOf(
  { headers = {} }: GraphQLOptions<OperationSpecs>,
  settings: Readonly<Record<string, string>>,
): Headers {
  const resolved: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = settings[`headers.${name}`] ?? '';
    const problem = headerNameProblem(name);
    if (problem !== undefined) throw new Error(problem);
    if (!isHeaderValue(value))
      throw new Error(`The value of the header \`${name}\` holds characters that headers cannot.`);
    resolved[name.toLowerCase()] = value;
  }
  return resolved;
}

/** The cheapest question there is (GraphQL spec §4.4), asked where all others go. A server that refuses it is there. */
async function ping(http: HttpClient, path: string, service: string, signal: AbortSignal): Promise<void> {
  const { status } = await http.request({
    method: 'POST',
    path,
    headers: { accept: 'application/json', 'content-type': 'application/json; charset=utf-8' },
    body: '{"query":"{ __typename }"}',
    signal,
    repeatable: true,
  });
  if (status < 500) return;
  throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, {
    service,
    detail: `{ __typename }: ${status}.`,
  });
}
