import { type ErrorCode, TributaryError } from '../errors.ts';
import { FormatError, type FormatProblem } from './format-error.ts';

const codes: Readonly<Record<FormatProblem, ErrorCode>> = {
  invalid: 'UPSTREAM_INVALID_RESPONSE',
  tooLarge: 'UPSTREAM_RESPONSE_TOO_LARGE',
  badInput: 'BAD_USER_INPUT',
  badDescription: 'CONFIGURATION_INVALID',
};

/**
 * An error of a reader or writer, as one of the table; any other error as it is. Only what is wrong with the caller's
 * own value is told to the caller.
 *
 * @param service the datasource, where it is known by then
 */
export function errorOfFormat(thrown: FormatError, service?: string): TributaryError;
export function errorOfFormat(thrown: unknown, service?: string): unknown;
export function errorOfFormat(thrown: unknown, service?: string): unknown {
  if (!(thrown instanceof FormatError)) return thrown;
  const message = thrown.problem === 'badInput' ? `${thrown.message}.` : undefined;
  return new TributaryError(codes[thrown.problem], message, {
    service,
    detail: thrown.message,
    cause: thrown,
  });
}
