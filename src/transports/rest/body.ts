import type { Body } from './options.ts';
import { compileParameters, inputsOfSlots, ownParameter, type SettingValue } from './parameters.ts';
import { unacceptable } from './values.ts';

type Inputs = Readonly<Record<string, unknown>>;

export interface BodyPlan {
  /** Inputs that the body takes by name, beside `takesRest`. */
  readonly inputs: readonly string[];
  /** Whether the body takes every input that nothing else does. */
  readonly takesRest: boolean;
  readonly contentType: string;
  /** @param rest the inputs that nothing else takes */
  write(inputs: Inputs, rest: readonly string[]): string;
}

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

/** Compiles the body of an operation. Writing throws `BAD_USER_INPUT` naming an input that cannot be sent. */
export function compileBody(body: Body<Inputs>, settingValue: SettingValue): BodyPlan {
  if (body === 'json') {
    return {
      inputs: [],
      takesRest: true,
      contentType: json,
      write: (inputs, rest) => jsonText(Object.fromEntries(rest.map((name) => [name, inputs[name]])), rest),
    };
  }
  if (body === 'form') {
    return {
      inputs: [],
      takesRest: true,
      contentType: form,
      write: (inputs, rest) => rest.flatMap((name) => ownParameter(name, inputs[name]) ?? []).join('&'),
    };
  }
  if (body.as === 'form') {
    const parameters = compileParameters(body.inputs, settingValue);
    const inputs = inputsOfSlots(body.inputs);
    return { inputs, takesRest: false, contentType: form, write: (given) => parameters(given).join('&') };
  }
  if ('whole' in body) {
    const { whole } = body;
    return {
      inputs: [whole],
      takesRest: false,
      contentType: json,
      write: (inputs) => {
        if (inputs[whole] === undefined) throw unacceptable(whole, 'is missing, and is the whole body');
        return jsonText(inputs[whole], [whole]);
      },
    };
  }
  const names = body.inputs;
  return {
    inputs: names,
    takesRest: false,
    contentType: json,
    write: (inputs) => jsonText(Object.fromEntries(names.map((name) => [name, inputs[name]])), names),
  };
}

function jsonText(value: unknown, names: readonly string[]): string {
  try {
    // 64-bit integers are texts between transport and graph; a bigint is one that has not been written down yet.
    return JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'bigint' ? String(member) : member,
    );
  } catch {
    throw unacceptable(names.join('`, `'), 'cannot be written as JSON');
  }
}
