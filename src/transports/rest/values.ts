import { TributaryError } from '../../errors.ts';

/**
 * The text of one input where a single value is sent: in a path, a query, a header, a form. Lists and objects have no
 * such text; they would turn into `a,b` or `[object Object]`, or into two parameters.
 *
 * @throws `BAD_USER_INPUT` naming the input
 */
export function scalarText(value: unknown, input: string): string {
  switch (typeof value) {
    case 'string':
      // A lone surrogate has no UTF-8 form; encoders throw on it or send another character in its place.
      if (/\p{Surrogate}/u.test(value)) throw unacceptable(input, 'is not well-formed Unicode');
      return value;
    case 'number':
      if (Number.isFinite(value)) return String(value);
      throw unacceptable(input, 'must be a finite number');
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      throw unacceptable(input, 'must be a single value: a text, a number or a boolean');
  }
}

/** @param problem continues "The input `name` …" */
export function unacceptable(input: string, problem: string): TributaryError {
  return new TributaryError('BAD_USER_INPUT', `The input \`${input}\` ${problem}.`);
}
