export {
  type Column,
  type ColumnSource,
  type ColumnType,
  column,
  type Expression,
  expression,
} from './column.ts';
export { columns, type InputType, input, keys, oneOf } from './markers.ts';
export {
  type Changed,
  execute,
  executeReturning,
  type KeyedOptions,
  list,
  many,
  one,
  type ReadOptions,
  row,
  type WriteOptions,
} from './operations.ts';
export { type SqlOptions, sql, sqlDefaults } from './sql.ts';
