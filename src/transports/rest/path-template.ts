import { scalarText, unacceptable } from './values.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** The names in a path template, in order: `['riderId']` of `/riders/{riderId}/rides`. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name as string);
}

/**
 * Compiles a path template. Throws an `Error` that says what is wrong with it.
 *
 * Each value becomes part of one segment: `/`, `?`, `#` and `%` travel encoded, and what would climb out of its segment
 * once a server or a proxy has decoded it (`..`, `a/../b`) is refused (RFC 3986 §3.3, §5.2.4).
 *
 * @returns a function from inputs to the encoded path; it throws `BAD_USER_INPUT` naming the input
 * @example compilePath('/riders/{riderId}/rides')({ riderId: 'R 1' }) // '/riders/R%201/rides'
 */
export function compilePath(template: string): (inputs: Inputs) => string {
  assertTemplate(template);
  const names = namesIn(template);
  const fixed = template.split(/\{[^{}]*\}/);
  if (names.length === 0) return () => template;
  return (inputs) => {
    let path = fixed[0] as string;
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      path += segment(inputs[name], name) + fixed[index + 1];
    }
    return path;
  };
}

function segment(value: unknown, name: string): string {
  if (value === undefined || value === null) throw unacceptable(name, 'is missing, and the path needs it');
  const text = scalarText(value, name);
  if (text === '') throw unacceptable(name, 'must not be empty');
  if (/(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(text))
    throw unacceptable(name, 'must not hold a `.` or `..` between slashes');
  return encodeURIComponent(text);
}

function assertTemplate(template: string): void {
  const say = (problem: string): Error => new Error(`The path \`${template}\` ${problem}.`);
  if (!template.startsWith('/')) throw say('must begin with a slash');
  if (/[?#]/.test(template)) throw say('must not hold a query; use the option `query`');
  const names = namesIn(template);
  for (const name of names)
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw say(`holds \`{${name}}\`, which names no input`);
  if (new Set(names).size < names.length) throw say('names an input twice');
  const example = template.replace(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(example)) throw say('holds a brace that is not closed or not opened');
  if (example.includes('//')) throw say('holds an empty segment');
  if (new URL(example, 'http://host').pathname !== example)
    throw say('must be percent-encoded and free of `.` and `..` segments');
}
