import type { ErrorCode } from '../../errors.ts';
import { TributaryError } from '../../errors.ts';
import type { Fault } from '../../formats/xmlrpc/fault.ts';

/** What a fault means: an error, or `null` where it stands for the answer `null`. */
export type FaultMeaning = ErrorCode | FaultError | null;

export interface FaultError {
  readonly code: ErrorCode;
  /** What the client reads. @default the code's own sentence */
  readonly message?: string;
  /** Lets the client read the server's own words instead: only where they are known to be harmless. @default false */
  readonly showText?: boolean;
}

/** Which fault code stands for what: `{ 404: null, 10: 'NOT_FOUND' }`. */
export type FaultMap = Readonly<Record<string | number, FaultMeaning>>;

/** Codes that are words are shown when they look like a name; anything else may hold the server's text. */
const SHOWABLE = /^[\w.:-]{1,64}$/;

/**
 * A fault as an outcome: as the map says, else `DOWNSTREAM_SERVICE_ERROR`. The client sees the fault's code as
 * `extensions.faultCode`; its text goes to the log.
 */
export function outcomeOfFault(fault: Fault, meanings: FaultMap, service: string): Error | null {
  const meaning = Object.hasOwn(meanings, fault.code) ? meanings[fault.code]! : 'DOWNSTREAM_SERVICE_ERROR';
  if (meaning === null) return null;
  const error: FaultError = typeof meaning === 'string' ? { code: meaning } : meaning;
  const message = error.showText === true && fault.text !== '' ? fault.text : error.message;
  const showable = typeof fault.code === 'number' || SHOWABLE.test(fault.code);
  return new TributaryError(error.code, message, {
    service,
    detail: `Fault ${fault.code}: ${fault.text}`,
    ...(showable ? { shown: { faultCode: fault.code } } : {}),
  });
}
