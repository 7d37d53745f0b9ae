import type { CallContext } from '../../operations/call.ts';
import { isHeaderValue } from '../../util/header-text.ts';
import { type Headers, headerNameProblem } from '../../wire/header-values.ts';
import type { IdempotencyKey } from './options.ts';
import { fixedText, type SettingValue } from './parameters.ts';
import type { Slot } from './slots.ts';
import { scalarText, unacceptable } from './values.ts';

type Inputs = Readonly<Record<string, unknown>>;

export interface HeaderPlan {
  readonly inputs: readonly string[];
  /** Names, in lower case, of headers whose value an input decides. */
  readonly fromInputs: ReadonlySet<string>;
  write(inputs: Inputs, context: CallContext): Record<string, string>;
}

interface HeaderFromInput {
  readonly header: string;
  readonly input: string;
  readonly required: boolean;
}

/**
 * Compiles the headers of an operation: those of the datasource, then its own, then the idempotency key.
 * Throws an `Error` naming a header that cannot be sent; writing throws `BAD_USER_INPUT` naming the input.
 *
 * @param common headers of every request of the datasource, in lower case
 */
export function compileHeaders(
  common: Headers,
  own: Readonly<Record<string, Slot>> = {},
  idempotencyKey: IdempotencyKey<Inputs> | true | undefined,
  settingValue: SettingValue,
): HeaderPlan {
  const fixed: Record<string, string> = { accept: 'application/json', ...common };
  const dynamic: HeaderFromInput[] = [];
  for (const [name, slot] of Object.entries(own)) {
    const text = fixedText(slot, settingValue);
    const header = headerName(name);
    if (text !== undefined) fixed[header] = headerText(name, text);
    else if (typeof slot === 'string') dynamic.push({ header, input: slot, required: false });
    else throw new Error(`The header \`${name}\` must be an input's name, constant or env.`);
  }
  if (idempotencyKey !== undefined) dynamic.push(idempotencyHeader(idempotencyKey));
  return {
    inputs: dynamic.map(({ input }) => input),
    fromInputs: new Set(dynamic.map(({ header }) => header)),
    write: (inputs, context) => {
      const headers: Record<string, string> = { ...fixed, 'x-request-id': context.requestId };
      const traceparent = context.trace.traceparent();
      if (traceparent !== undefined) headers.traceparent = traceparent;
      for (const { header, input, required } of dynamic) {
        const value = inputs[input];
        const absent = value === undefined || value === null || (required && value === '');
        if (!absent) headers[header] = headerValue(value, input);
        else if (required) throw unacceptable(input, 'is missing, and makes the write safe to repeat');
      }
      return headers;
    },
  };
}

/** Headers of a definition, resolved, with names in lower case. Throws an `Error` naming the one that cannot be sent. */
export function fixedHeaders(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [headerName(name), headerText(name, text)]),
  );
}

function idempotencyHeader(key: IdempotencyKey<Inputs> | true): HeaderFromInput {
  if (key === true) return { header: 'idempotency-key', input: 'idempotencyKey', required: true };
  if (typeof key === 'string') return { header: 'idempotency-key', input: key, required: true };
  return { header: headerName(key.header), input: key.input, required: true };
}

function headerName(name: string): string {
  const problem = headerNameProblem(name);
  if (problem !== undefined) throw new Error(problem);
  return name.toLowerCase();
}

/** The value is not repeated in the message: it may be a secret. */
function headerText(name: string, text: string): string {
  if (isHeaderValue(text)) return text;
  throw new Error(`The value of the header \`${name}\` holds characters that headers cannot.`);
}

function headerValue(value: unknown, input: string): string {
  const text = scalarText(value, input);
  if (isHeaderValue(text)) return text;
  throw unacceptable(input, 'holds characters that cannot be sent in a header');
}
