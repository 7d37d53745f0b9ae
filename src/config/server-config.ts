import { z } from 'zod';
import { accessOptions } from './access-options.ts';
import { anomalyOptions } from './anomaly-options.ts';
import { audienceSwitch } from './audience-switch.ts';
import { corsOptions } from './cors-options.ts';
import { documentOptions } from './document-options.ts';
import type { Problem } from './problems.ts';
import { rateOptions } from './rate-options.ts';
import { tlsOptions } from './tls-options.ts';
import { usageOptions } from './usage-options.ts';

const count = z.int().positive();
const port = z.int().min(0).max(65_535);

/**
 * Everything `tributary.config.ts` may say, with its default. The code, the validation and the page of options all read
 * this one table. Times are milliseconds, sizes bytes.
 */
export const serverConfigSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address the endpoint listens on; `0.0.0.0` opens it to the network.'),
  port: port.default(4000).describe('Port of the endpoint; 0 takes a free one.'),
  adminHost: z.string().default('127.0.0.1').describe('Address of the second listener: metrics.'),
  adminPort: port.default(4001).describe('Port of the second listener; 0 takes a free one.'),
  tls: tlsOptions,
  cors: corsOptions,
  path: z.string().startsWith('/').default('/graphql').describe('Path of the GraphQL endpoint.'),
  graphiql: audienceSwitch
    .default(true)
    .describe(
      'Serves GraphiQL to browsers that open the endpoint: to all, or where callers without credentials are of one of these audiences.',
    ),
  graphiqlQuery: z
    .string()
    .optional()
    .describe(
      'The query that GraphiQL opens with, ready to run; without it a short one that fits any schema.',
    ),
  readiness: z
    .enum(['every', 'some'])
    .default('every')
    .describe(
      'Ready while `every` datasource answers, or while `some` do: then a load balancer keeps a server whose other fields work.',
    ),
  introspection: audienceSwitch
    .default(true)
    .describe(
      'Answers introspection queries, each audience with its own contract: for all, or for these audiences.',
    ),
  redisUrl: z
    .string()
    .optional()
    .describe('Redis for the shared cache; without it the cache lives in this process.'),
  redisRequired: z
    .boolean()
    .default(false)
    .describe(
      'Refuses to start while Redis does not answer; otherwise the server starts, and uses Redis as soon as it is there.',
    ),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('The least severe log record that is written.'),
  traceUrl: z
    .url({ protocol: /^https?$/, error: 'An address that begins with http:// or https:// is expected' })
    .optional()
    .describe('OTLP/HTTP address that traces are sent to; without it none are made.'),
  limits: z
    .strictObject({
      maxBodyBytes: count.default(262_144).describe('Largest request body.'),
      maxTokens: count.default(2_000).describe('Most lexical tokens of a document.'),
      maxDepth: count.default(32).describe('Deepest nesting of a document, before it is parsed.'),
      maxSelections: count
        .default(5_000)
        .describe('Most fields and fragments of a document, each fragment counted wherever it is spread.'),
      maxOverlaps: count
        .default(5_000)
        .describe(
          'Most pairs of fields that meet under one name in one place of the answer, once fragments are spread.',
        ),
      maxAliases: count.default(100).describe('Most aliases of a document.'),
      maxDirectives: count.default(100).describe('Most directives of a document, `@include` and `@skip`.'),
      maxRootFields: count.default(100).describe('Most root fields of an operation.'),
      maxCost: count
        .default(10_000)
        .describe(
          'The most that an operation may cost, in units of `@cost`: an object costs 1 unless the contract says else.',
        ),
      maxPageSize: count
        .default(1_000)
        .describe('The most items that a slicing argument of `@listSize` may ask for.'),
      assumedListSize: count
        .default(20)
        .describe(
          'How many items a list is taken to have that has no `@listSize`, where the cost is estimated.',
        ),
      maxIntrospectionDepth: count
        .default(2)
        .describe(
          'How often lists of the introspection (`fields`, `interfaces`, `possibleTypes`, `inputFields`) may stand inside each other.',
        ),
      requestTimeoutMs: count.default(30_000).describe('Longest time a request may take.'),
      maxDocuments: count.default(1_000).describe('Most parsed and validated documents that are kept.'),
      receiveTimeoutMs: count
        .default(30_000)
        .describe('Longest time a client may take to send its whole request.'),
      headersTimeoutMs: count.default(10_000).describe('Longest time a client may take to send its headers.'),
      maxRequests: count
        .default(1_000)
        .describe('Most GraphQL requests under way at the same time; more are refused with `OVERLOADED`.'),
      maxLagMs: count
        .default(1_000)
        .describe('Longest time the event loop may stand still before requests are refused for a moment.'),
      maxConnections: count.default(10_000).describe('Most connections open at the same time.'),
    })
    .prefault({}),
  cache: z
    .strictObject({
      maxEntries: count.default(50_000).describe('Most answers of operations kept in this process.'),
      maxBytes: count.default(134_217_728).describe('Most bytes of answers kept in this process.'),
    })
    .prefault({}),
  wholeAnswers: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe(
          'Keeps answers as a whole where all that they are made of may be kept, and executes equal requests once.',
        ),
      maxAnswerBytes: count
        .default(1_048_576)
        .describe('Largest answer that is kept as a whole; `cache.maxBytes` bounds them all.'),
    })
    .prefault({}),
  documents: documentOptions,
  access: accessOptions,
  anomalies: anomalyOptions,
  rates: rateOptions,
  usage: usageOptions,
  explain: z
    .boolean()
    .default(true)
    .describe('Explains an answer to `INTERNAL` callers who ask with `X-Tributary-Explain: 1`.'),
  shutdown: z
    .strictObject({
      drainMs: z
        .int()
        .min(0)
        .default(0)
        .describe('How long to report "not ready" before the listener closes.'),
      graceMs: count.default(30_000).describe('How long requests in flight may take to finish.'),
    })
    .prefault({}),
});

export type ServerConfig = z.output<typeof serverConfigSchema>;
export type ServerConfigInput = z.input<typeof serverConfigSchema>;

/** Environment variables that override an option: how one release runs in many places. */
export const configVariables = {
  HOST: 'host',
  PORT: 'port',
  ADMIN_HOST: 'adminHost',
  ADMIN_PORT: 'adminPort',
  REDIS_URL: 'redisUrl',
  LOG_LEVEL: 'logLevel',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'traceUrl',
  ANONYMOUS_AUDIENCE: 'access.anonymous',
  STATE_URL: 'access.stateUrl',
  ANOMALY_WEBHOOK_URL: 'anomalies.webhookUrl',
  ANOMALY_WEBHOOK_SECRET: 'anomalies.webhookSecret',
  PUBLIC_URL: 'access.publicUrl',
  USAGE_DIRECTORY: 'usage.directory',
  MAIL_FILE: 'access.mailFile',
} as const satisfies Record<string, keyof ServerConfig | `${keyof ServerConfig}.${string}`>;

/** Types the default export of `tributary.config.ts`. */
export function defineConfig(config: ServerConfigInput): ServerConfigInput {
  return config;
}

/**
 * Validates a project's configuration, environment variables over the file.
 *
 * @returns the configuration with its defaults, and everything that is wrong with it; the configuration is only
 * usable where nothing is
 */
export function readServerConfig(
  input: unknown,
  variables: NodeJS.ProcessEnv,
  file: string,
): { readonly config: ServerConfig; readonly problems: readonly Problem[] } {
  const base = typeof input === 'object' && input !== null ? input : {};
  const problems: Problem[] = base === input ? [] : [notAnObject(file)];
  const merged: Record<string, unknown> = { ...base };
  for (const [variable, option] of Object.entries(configVariables)) {
    const value = variables[variable];
    if (value === undefined || value === '') continue;
    override(merged, option, /[pP]ort$/.test(option) && /^\d+$/.test(value) ? Number(value) : value);
  }
  const parsed = serverConfigSchema.safeParse(merged);
  if (parsed.success) return { config: parsed.data, problems };
  for (const issue of parsed.error.issues) problems.push(problemOf(issue, variables, file));
  return { config: goodPartOf(merged, parsed.error.issues), problems };
}

/** Sets `access.stateUrl` within a copy of `access`: what the file exports is not ours to change. */
function override(options: Record<string, unknown>, path: string, value: unknown): void {
  const [name = '', inner] = path.split('.', 2);
  options[name] = inner === undefined ? value : { ...Object(options[name]), [inner]: value };
}

/** The options that nothing is wrong with, so that what depends on them (a port that is taken) can be told too. */
function goodPartOf(
  merged: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): ServerConfig {
  const wrong = new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [issue.path[0]],
    ),
  );
  const good = Object.fromEntries(Object.entries(merged).filter(([option]) => !wrong.has(option)));
  return serverConfigSchema.safeParse(good).data ?? serverConfigSchema.parse({});
}

function problemOf(issue: z.core.$ZodIssue, variables: NodeJS.ProcessEnv, file: string): Problem {
  const path = issue.path.join('.');
  const fromVariable = Object.entries(configVariables).find(
    ([name, option]) => option === path && variables[name],
  );
  const subject = fromVariable?.[0] ?? path;
  return {
    place: fromVariable ? 'environment' : file,
    ...(subject === '' ? {} : { subject }),
    message: `${issue.message}.`,
    mend:
      issue.code === 'unrecognized_keys'
        ? `The options are: ${Object.keys(serverConfigSchema.shape).join(', ')}.`
        : 'See docs/options.md for what it may be.',
  };
}

function notAnObject(file: string): Problem {
  return {
    place: file,
    message: 'The file has no configuration as its default export.',
    mend: 'Write `export default defineConfig({ … })`.',
  };
}
