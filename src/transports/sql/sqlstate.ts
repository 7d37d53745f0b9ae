import { type ErrorCode, TributaryError } from '../../errors.ts';

/**
 * What a client is told of a SQLSTATE (ISO 9075-2 §24.1; the classes of PostgreSQL, appendix A, which the other
 * dialects map theirs to): the whole state first, then its class.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  // Connection exceptions, and a server that is stopping or starting.
  '08': 'UPSTREAM_UNAVAILABLE',
  '57P': 'UPSTREAM_UNAVAILABLE',
  // Credentials: nothing a client could mend.
  '28': 'UPSTREAM_UNAVAILABLE',
  '3D': 'UPSTREAM_UNAVAILABLE',
  // Too many connections, no memory, disk full.
  '53': 'UPSTREAM_UNAVAILABLE',
  '58': 'UPSTREAM_UNAVAILABLE',
  // Serialization failures, deadlocks, locks: asking again may succeed.
  '40': 'UPSTREAM_UNAVAILABLE',
  '55P03': 'UPSTREAM_UNAVAILABLE',
  // A prepared statement whose tables have changed: the connection is dropped, the next one prepares anew.
  '0A000': 'UPSTREAM_UNAVAILABLE',
  '26000': 'UPSTREAM_UNAVAILABLE',
  // Stopped by us or by the server's own limit.
  '57014': 'UPSTREAM_TIMEOUT',
  // Values that do not fit.
  '22': 'BAD_USER_INPUT',
  '23502': 'BAD_USER_INPUT',
  '23514': 'BAD_USER_INPUT',
  // Keys that exist already, or that others refer to.
  '23': 'CONFLICT',
};

/** The code for a SQLSTATE; `DOWNSTREAM_SERVICE_ERROR` for what is in no row: a statement that the schema does not fit. */
export function codeOfState(state: string): ErrorCode {
  return codes[state] ?? codes[state.slice(0, 3)] ?? codes[state.slice(0, 2)] ?? 'DOWNSTREAM_SERVICE_ERROR';
}

/**
 * A driver's error as one of the table. The database's own text goes to `detail`; the driver's error does not travel
 * along, because some hold the statement, its values or the address.
 */
export function databaseError(state: string, text: string, service: string): TributaryError {
  return new TributaryError(codeOfState(state), undefined, { service, detail: `SQLSTATE ${state}: ${text}` });
}
