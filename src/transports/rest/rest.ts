import { type Configurable, isSetting } from '../../config/setting.ts';
import { codeOf, isTributaryError, TributaryError } from '../../errors.ts';
import type { CallContext } from '../../operations/call.ts';
import {
  type Datasource,
  defineDatasource,
  type OperationSpecs,
  scopeOf,
} from '../../operations/datasource.ts';
import { forwardedTo } from '../../operations/forwarded.ts';
import type { Forwarding } from '../../operations/forwarding.ts';
import type { Outcome } from '../../operations/outcome.ts';
import { refusedUnsent } from '../../operations/refusals.ts';
import type { OpenContext, Prepared, Transport } from '../../operations/transport.ts';
import type { Headers } from '../../wire/header-values.ts';
import { type HttpClient, openHttpClient } from '../../wire/http-client.ts';
import { securityOf, securitySettings } from '../../wire/security.ts';
import { compileAnswer } from './answer.ts';
import type { RestSpec } from './builders.ts';
import { assertDatasource, assertOperation } from './check-options.ts';
import { fixedHeaders } from './headers.ts';
import { conditionalHeaders } from './http-cache.ts';
import type { RestOptions } from './options.ts';
import type { SettingValue } from './parameters.ts';
import { compileRequest } from './request-plan.ts';
import { openXmlCodecs, type XmlCodecs } from './xml-codecs.ts';

type Inputs = Readonly<Record<string, unknown>>;

/**
 * A datasource that speaks REST: JSON answers over HTTP, one pool of sockets for all its operations.
 *
 * @example
 * export const rides = rest('rides', {
 *   baseUrl: env('RIDES_URL'),
 *   operations: { ridesOf: get<{ riderId: string }, Page>('/riders/{riderId}/rides', { scope: 'caller' }) },
 * });
 */
export function rest<const Specs extends OperationSpecs>(
  name: string,
  options: RestOptions<Specs>,
): Datasource<Specs> {
  const settings = settingsOf(options);
  return defineDatasource('rest', name, options, settings.byOption, (context) =>
    openTransport(name, options, settings.options, context),
  );
}

async function openTransport(
  name: string,
  options: RestOptions<OperationSpecs>,
  optionOf: ReadonlyMap<Configurable, string>,
  { settings, log, forwarding }: OpenContext,
): Promise<Transport<RestSpec>> {
  assertDatasource(options);
  const specs = Object.values(options.operations).map(({ spec }) => spec as RestSpec);
  const codecs = await openXmlCodecs(specs, log);
  const settingValue: SettingValue = (setting) => settings[optionOf.get(setting) as string] as string;
  const resolved = (value: Configurable): string => (isSetting(value) ? settingValue(value) : value);
  const common = fixedHeaders(
    Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([header, value]) => [header, resolved(value)]),
    ),
  );
  const { healthPath = '/health' } = options;
  const client = openHttpClient({
    ...options,
    service: name,
    baseUrl: resolved(options.baseUrl),
    security: securityOf(name, options, settings),
  });
  return {
    documents: codecs.digest,
    prepare: <I, O>(spec: RestSpec) =>
      prepare(spec, { client, service: name, common, settingValue, codecs, forwarding }) as Prepared<
        unknown,
        unknown
      > as Prepared<I, O>,
    ping: (signal) => client.ping(healthPath, signal),
    close: () => client.close(),
  };
}

/** What all operations of a datasource share. */
interface Shared {
  readonly client: HttpClient;
  readonly service: string;
  readonly common: Headers;
  readonly settingValue: SettingValue;
  readonly codecs: XmlCodecs;
  readonly forwarding: Forwarding | undefined;
}

function prepare(
  spec: RestSpec,
  { client, service, common, settingValue, codecs, forwarding }: Shared,
): Prepared<Inputs, unknown> {
  assertOperation(spec, forwarding);
  const plan = compileRequest(spec, common, settingValue, codecs);
  const repeatable = spec.kind === 'read';
  const scope = spec.options.scope ?? scopeOf({ forwarding });
  const read = compileAnswer(spec, scope, plan.headersFromInputs, service, codecs);

  const one = async (input: Inputs, context: CallContext): Promise<Outcome<unknown>> => {
    let isRead = false;
    try {
      const asked = context.validators?.get(input);
      const request = plan.write(input, context);
      if (forwarding !== undefined)
        Object.assign(request.headers, forwardedTo(forwarding, context.forwarded));
      if (asked !== undefined) Object.assign(request.headers, conditionalHeaders(asked));
      const answer = await client.request({ ...request, repeatable, signal: context.signal });
      isRead = true;
      if (forwarding !== undefined) context.returned?.take(forwarding, answer.headers);
      const outcome = read(answer, input, asked, context.signal);
      return outcome instanceof Promise ? await outcome : outcome;
    } catch (thrown) {
      // An abort is not an answer about this input: whoever aborted knows what it means.
      if (context.signal.aborted) throw thrown;
      const error = withService(thrown, service);
      // Until an answer is read, only our own encoder says this.
      return !isRead && codeOf(error) === 'BAD_USER_INPUT' ? refusedUnsent(error) : error;
    }
  };
  // `split` hands on one input at a time; a caller of the transport itself may hand on more.
  return { maxInputs: 1, call: (inputs, context) => Promise.all(inputs.map((input) => one(input, context))) };
}

function withService(thrown: unknown, service: string): Error {
  if (!isTributaryError(thrown))
    return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { service, cause: thrown });
  if (thrown.service !== undefined) return thrown;
  const { code, message, detail, cause, retryAfterMs, shown } = thrown;
  return new TributaryError(code, message, { service, detail, cause, retryAfterMs, shown });
}

interface DatasourceSettings {
  readonly byOption: Readonly<Record<string, Configurable>>;
  /** The option that each setting was given as. */
  readonly options: ReadonlyMap<Configurable, string>;
}

/** Every option that the environment may decide: of the datasource, and of its operations' queries, headers and forms. */
function settingsOf(given: RestOptions<OperationSpecs>): DatasourceSettings {
  const { baseUrl, headers = {}, operations } = given;
  const byOption: Record<string, Configurable> = { baseUrl, ...securitySettings(given) };
  for (const [header, value] of Object.entries(headers)) byOption[`headers.${header}`] = value;
  for (const [name, { spec }] of Object.entries(operations)) {
    const { query, headers: own, body } = (spec as RestSpec).options;
    const form = typeof body === 'object' && body.as === 'form' ? body.inputs : undefined;
    for (const [part, slots] of Object.entries({ query, headers: own, body: form }))
      for (const [slot, value] of Object.entries(slots ?? {}))
        if (isSetting(value)) byOption[`operations.${name}.${part}.${slot}`] = value;
  }
  const options = new Map(Object.entries(byOption).map(([option, value]) => [value, option]));
  return { byOption, options };
}
