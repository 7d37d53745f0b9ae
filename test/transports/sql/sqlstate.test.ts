import { describe, expect, test } from 'vitest';
import { errorTable } from '../../../src/errors.ts';
import { codeOfState, databaseError } from '../../../src/transports/sql/sqlstate.ts';

describe('the table of SQLSTATEs', () => {
  test.each([
    ['23505', 'CONFLICT'],
    ['23503', 'CONFLICT'],
    ['23502', 'BAD_USER_INPUT'],
    ['22P02', 'BAD_USER_INPUT'],
    ['40001', 'UPSTREAM_UNAVAILABLE'],
    ['40P01', 'UPSTREAM_UNAVAILABLE'],
    ['55P03', 'UPSTREAM_UNAVAILABLE'],
    ['53300', 'UPSTREAM_UNAVAILABLE'],
    ['08006', 'UPSTREAM_UNAVAILABLE'],
    ['57P01', 'UPSTREAM_UNAVAILABLE'],
    ['28P01', 'UPSTREAM_UNAVAILABLE'],
    ['57014', 'UPSTREAM_TIMEOUT'],
    ['42P01', 'DOWNSTREAM_SERVICE_ERROR'],
    ['25006', 'DOWNSTREAM_SERVICE_ERROR'],
    ['XX000', 'DOWNSTREAM_SERVICE_ERROR'],
    ['', 'DOWNSTREAM_SERVICE_ERROR'],
  ])('tells %s as %s', (state, code) => {
    expect(codeOfState(state)).toBe(code);
  });

  test('keeps the database’s text from the client and for the log', () => {
    const error = databaseError('42P01', 'relation "secrets" does not exist', 'box');
    expect(error.message).toBe(errorTable.DOWNSTREAM_SERVICE_ERROR.message);
    expect(error.detail).toBe('SQLSTATE 42P01: relation "secrets" does not exist');
    expect(error.service).toBe('box');
    expect(error.cause).toBeUndefined();
  });
});
