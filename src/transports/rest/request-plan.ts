import type { CallContext } from '../../operations/call.ts';
import type { Headers } from '../../wire/header-values.ts';
import { compileBody } from './body.ts';
import type { RestSpec } from './builders.ts';
import { compileHeaders } from './headers.ts';
import { compileParameters, inputsOfSlots, ownParameter, type SettingValue } from './parameters.ts';
import { compilePath, namesIn } from './path-template.ts';
import { acceptedXml } from './xml-answer.ts';
import type { XmlCodecs } from './xml-codecs.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** One request, put together from one input. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  /** The path's template, for the log. */
  readonly route: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface RequestPlan {
  /** Headers, in lower case, whose value an input decides. */
  readonly headersFromInputs: ReadonlySet<string>;
  /** Throws `BAD_USER_INPUT` naming the input that cannot be sent. */
  write(inputs: Inputs, context: CallContext): RestRequest;
}

/**
 * Compiles an operation into a function from one input to one request. Throws an `Error` for a definition that cannot
 * work.
 *
 * Every input goes somewhere: where the definition says; else into the body of POST, PUT and PATCH unless the body is
 * declared input by input; else into a query parameter of its own name. Nothing is dropped without a word.
 */
export function compileRequest(
  spec: RestSpec,
  common: Headers,
  settingValue: SettingValue,
  codecs: XmlCodecs,
): RequestPlan {
  const { method, options } = spec;
  const path = compilePath(spec.path);
  const query = compileParameters(options.query, settingValue);
  const usual = typeof options.answer === 'object' ? { accept: acceptedXml, ...common } : common;
  const headers = compileHeaders(usual, options.headers, options.idempotencyKey, settingValue);
  const declared = options.body ?? (method === 'GET' || method === 'DELETE' ? undefined : 'json');
  if (method === 'GET' && declared !== undefined) throw new Error('A GET has no body.');
  const body = declared === undefined ? undefined : compileBody(declared, settingValue, codecs);
  const taken = new Set([
    ...namesIn(spec.path),
    ...inputsOfSlots(options.query),
    ...headers.inputs,
    ...(body?.inputs ?? []),
  ]);
  return {
    headersFromInputs: headers.fromInputs,
    write: (inputs, context) => {
      const rest = Object.keys(inputs).filter((name) => !taken.has(name) && inputs[name] !== undefined);
      const parameters = query(inputs);
      const written = { method, route: spec.path, headers: headers.write(inputs, context) };
      if (body === undefined || !body.takesRest)
        for (const name of rest) pushDefined(parameters, ownParameter(name, inputs[name]));
      const target = path(inputs) + (parameters.length === 0 ? '' : `?${parameters.join('&')}`);
      if (body === undefined || (body.takesRest && rest.length === 0 && body.always !== true))
        return { ...written, path: target };
      written.headers['content-type'] = body.contentType;
      return { ...written, path: target, body: body.write(inputs, rest) };
    },
  };
}

function pushDefined(list: string[], item: string | undefined): void {
  if (item !== undefined) list.push(item);
}
