/**
 * What went wrong with a document or a value.
 * - `invalid`: what the other side sent is not what its format or its schema says;
 * - `tooLarge`: what the other side sent passes one of our limits;
 * - `badInput`: the caller's value cannot be written as the schema demands;
 * - `badDescription`: a WSDL or XSD cannot be understood; found when a project is loaded.
 */
export type FormatProblem = 'invalid' | 'tooLarge' | 'badInput' | 'badDescription';

export interface FormatErrorDetails {
  /** Where: `line 3, column 7` in a document, `EstimateFares/request[2]/colour` in a value. */
  place?: string;
  cause?: unknown;
}

/**
 * The one error of every reader and writer under `src/formats`. A transport maps `problem` to a code of the
 * error table; `message` names the place and may hold names of the document, never its values.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly problem: FormatProblem;
  readonly place: string | undefined;

  constructor(problem: FormatProblem, message: string, details: FormatErrorDetails = {}) {
    super(details.place === undefined ? message : `${message} (at ${details.place})`, {
      cause: details.cause,
    });
    this.problem = problem;
    this.place = details.place;
  }
}
