import { isSetting, type Setting } from '../../config/setting.ts';
import type { ConstantSlot, Slot } from './slots.ts';
import { scalarText, unacceptable } from './values.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** Gives the value that the environment had for a setting at start-up. */
export type SettingValue = (setting: Setting) => string;

/** The inputs that slots take, by name. */
export function inputsOfSlots(slots: Readonly<Record<string, Slot>> = {}): readonly string[] {
  return Object.values(slots).flatMap((slot) => {
    const input = inputOf(slot);
    return input === undefined ? [] : [input];
  });
}

/**
 * Compiles the parameters of a query or a form. Absent inputs (`null`, `undefined`) are left out.
 *
 * @returns a function from inputs to `name=value` texts, encoded; it throws `BAD_USER_INPUT` naming the input
 */
export function compileParameters(
  slots: Readonly<Record<string, Slot>> = {},
  settingValue: SettingValue,
): (inputs: Inputs) => string[] {
  const parameters = Object.entries(slots).map(([name, slot]) => {
    if (name === '') throw new Error('A parameter must have a name.');
    return parameterOf(encodeURIComponent(name), slot, settingValue);
  });
  return (inputs) => parameters.flatMap((parameter) => parameter(inputs));
}

/** An input as the parameter of its own name; none where it is absent. */
export function ownParameter(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return `${encodeURIComponent(name)}=${encodeURIComponent(scalarText(value, name))}`;
}

/** The fixed text of a slot, or `undefined` where it is made of an input. */
export function fixedText(slot: Slot, settingValue: SettingValue): string | undefined {
  if (isSetting(slot)) return settingValue(slot);
  return isConstant(slot) ? String(slot.value) : undefined;
}

function inputOf(slot: Slot): string | undefined {
  if (typeof slot === 'string') return slot;
  return 'slot' in slot ? slot.input : undefined;
}

function parameterOf(name: string, slot: Slot, settingValue: SettingValue): (inputs: Inputs) => string[] {
  const fixed = fixedText(slot, settingValue);
  if (fixed !== undefined) {
    const parameter = [`${name}=${encodeURIComponent(fixed)}`];
    return () => parameter;
  }
  const input = inputOf(slot);
  if (input === undefined)
    throw new Error(`The parameter \`${name}\` must be an input's name, csv, repeat, constant or env.`);
  const kind = typeof slot === 'object' && 'slot' in slot ? slot.slot : 'plain';
  return (inputs) => {
    const value = inputs[input];
    if (value === undefined || value === null) return [];
    if (kind === 'plain') return [`${name}=${encodeURIComponent(scalarText(value, input))}`];
    const items = itemsOf(value, input);
    return kind === 'csv' ? [`${name}=${items.join(',')}`] : items.map((item) => `${name}=${item}`);
  };
}

function itemsOf(value: unknown, input: string): string[] {
  if (!Array.isArray(value)) throw unacceptable(input, 'must be a list');
  return value.map((item) => encodeURIComponent(scalarText(item, input)));
}

function isConstant(slot: Slot): slot is ConstantSlot {
  return typeof slot === 'object' && 'from' in slot && slot.from === 'constant';
}
