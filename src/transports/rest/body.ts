import type { BodyPlan } from './body-plan.ts';
import type { Body } from './options.ts';
import { compileParameters, inputsOfSlots, ownParameter, type SettingValue } from './parameters.ts';
import { unacceptable } from './values.ts';
import { compileXmlBody } from './xml-body.ts';
import type { XmlCodecs } from './xml-codecs.ts';

type Inputs = Readonly<Record<string, unknown>>;

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

/** Compiles the body of an operation. Writing throws `BAD_USER_INPUT` naming an input that cannot be sent. */
export function compileBody(body: Body<Inputs>, settingValue: SettingValue, codecs: XmlCodecs): BodyPlan {
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
  if (body.as === 'xml') return compileXmlBody(body, codecs);
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
