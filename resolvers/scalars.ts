// The scalars that keep every digit; the others of the contract come from graphql-scalars by their names.
export { Decimal, Int64 } from 'tributary';
