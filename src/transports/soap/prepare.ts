import { isTributaryError, toError } from '../../errors.ts';
import { errorOfFormat } from '../../formats/format-error-codes.ts';
import { encodeCall, type SoapRequest } from '../../formats/wsdl/call.ts';
import type { SoapOperation } from '../../formats/wsdl/operation.ts';
import type { CallContext } from '../../operations/call.ts';
import type { Outcome } from '../../operations/outcome.ts';
import type { Prepared } from '../../operations/transport.ts';
import type { SoapHeader, SoapSpec } from './builders.ts';
import { type Endpoint, openExchange } from './exchange.ts';
import { type FaultMap, outcomeOfFault } from './faults.ts';

type Inputs = Readonly<Record<string, unknown>>;

/**
 * Makes an operation of a specification and what the description says of it. Throws an `Error` for a header that the
 * description does not declare.
 */
export function prepareOperation(spec: SoapSpec, to: Endpoint, onFault: FaultMap): Prepared<Inputs, unknown> {
  assertHeaders(spec, to.operation);
  const faults = { ...onFault, ...spec.onFault };
  const path = spec.answer?.split('.') ?? [];
  const exchange = openExchange(to);
  const written = openWriter(spec, to);
  const one = async (input: Inputs, context: CallContext): Promise<Outcome<unknown>> => {
    const answer = await exchange(written(input), context);
    if (answer.fault !== undefined) return outcomeOfFault(answer.fault, faults, to.service);
    const body = at(answer.body, path);
    return spec.withHeaders ? { body, headers: answer.headers } : body;
  };
  return {
    maxInputs: 1,
    call: (inputs, context) =>
      Promise.all(inputs.map((input) => one(input, context).catch((thrown) => failed(thrown, context)))),
  };
}

function failed(thrown: unknown, { signal }: CallContext): Error {
  // Whoever aborted knows why; everything else is one of the table or a bug.
  if (signal.aborted && !isTributaryError(thrown)) throw thrown;
  return toError(thrown);
}

function openWriter({ soapHeaders }: SoapSpec, { operation, service, writing }: Endpoint) {
  const sources = Object.entries(soapHeaders);
  return (input: Inputs): SoapRequest => {
    try {
      if (sources.length === 0) return encodeCall(operation, input, writing);
      const { headers, body } = divided(sources, input);
      return encodeCall(operation, body, { ...writing, headers });
    } catch (thrown) {
      throw errorOfFormat(thrown, service);
    }
  };
}

/** Inputs that go into header blocks are not part of the body. */
function divided(
  sources: readonly (readonly [string, SoapHeader])[],
  input: Inputs,
): { headers: Inputs; body: Inputs } {
  const headers: Record<string, unknown> = {};
  const body: Record<string, unknown> = { ...input };
  for (const [header, source] of sources) {
    headers[header] = typeof source === 'string' ? input[source] : source.value;
    if (typeof source === 'string') delete body[source];
  }
  return { headers, body };
}

/** The value at a path; `null` where something on the way is null or missing. */
function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Inputs)[name];
  }
  return found ?? null;
}

function assertHeaders({ soapHeaders }: SoapSpec, { inputHeaders, name }: SoapOperation): void {
  for (const header of Object.keys(soapHeaders)) {
    if (inputHeaders.some(({ property }) => property === header)) continue;
    const declared = inputHeaders.map(({ property }) => property).join(', ') || 'none';
    throw new Error(`${name} declares no header ${header} (declared: ${declared}).`);
  }
}
