import { textScalar } from 'tributary';

// The scalars that keep every digit; the others of the contract come from graphql-scalars by their names.
export { Decimal, Int64 } from 'tributary';

export const IdempotencyKey = textScalar(
  'IdempotencyKey',
  /[\w.:-]{8,100}/,
  '8 to 100 letters, digits, `-`, `_`, `.` or `:`',
);

export const Plate = textScalar('Plate', /[A-Z\d-]{2,12}/, '2 to 12 capital letters, digits and hyphens');
