import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { FormatError, FormatProblem } from '../../formats/format-error.ts';

const CODES: Readonly<Record<FormatProblem, ErrorCode>> = {
  invalid: 'UPSTREAM_INVALID_RESPONSE',
  tooLarge: 'UPSTREAM_RESPONSE_TOO_LARGE',
  badInput: 'BAD_USER_INPUT',
  badDescription: 'CONFIGURATION_INVALID',
};

/** An error of a reader or writer, as one of the table. Only what is wrong with the caller's own value is told to the caller. */
export function errorOfFormat(error: FormatError, service: string): TributaryError {
  const message = error.problem === 'badInput' ? `${error.message}.` : undefined;
  return new TributaryError(CODES[error.problem], message, { service, detail: error.message, cause: error });
}
