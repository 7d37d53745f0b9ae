// What a graph project imports as `tributary`: all that its datasources, resolvers and configuration are made of.

export type { Audience, Caller } from './caller.ts';
export { defineConfig, type ServerConfigInput } from './config/server-config.ts';
export { env, type Setting } from './config/setting.ts';
export { type ErrorCode, TributaryError } from './errors.ts';
export * as xml from './formats/xml-shape/shape.ts';
export * as rpc from './formats/xmlrpc/types.ts';
export { owned, ownerChecked } from './graph/access/owned.ts';
export {
  argument,
  type Binding,
  type BindingOptions,
  bind,
  claim,
  constant,
  ifPresent,
  parent,
  within,
} from './graph/binding.ts';
export {
  type ConnectionFields,
  connection,
  type Edge,
  type Page,
  type PageInfo,
} from './graph/connection.ts';
export { Decimal, Int64 } from './graph/exact-scalars.ts';
export type {
  Field,
  FieldContext,
  FieldsOf,
  GeneratedField,
  ResolverFunction,
} from './graph/fields.ts';
export { textScalar } from './graph/text-scalar.ts';
export { merge } from './operations/adapters/merge.ts';
export { orNull } from './operations/adapters/or-null.ts';
export { reshape } from './operations/adapters/reshape.ts';
export type { Call } from './operations/call.ts';
export type { Datasource } from './operations/datasource.ts';
export type { ForwardingOptions, ForwardOptions } from './operations/forwarding.ts';
export type { CacheOptions, Operation, OperationOptions, Scope } from './operations/operation.ts';
export { Described, type Outcome } from './operations/outcome.ts';
export {
  type CustomContext as CallContext,
  type CustomOptions,
  call,
  custom,
} from './transports/custom/custom.ts';
export { type GraphQLOptions, graphql, mutation, query } from './transports/graphql/index.ts';
export { get, patch, post, put, remove } from './transports/rest/builders.ts';
export type { RestOptions } from './transports/rest/options.ts';
export { rest } from './transports/rest/rest.ts';
export { csv, repeat } from './transports/rest/slots.ts';
export { change, request, type SoapOptions, soap } from './transports/soap/index.ts';
export {
  column,
  columns,
  execute,
  executeReturning,
  expression,
  input,
  keys,
  list,
  many,
  one,
  oneOf,
  row,
  type SqlOptions,
  sql,
} from './transports/sql/index.ts';
export { method, procedure, type XmlRpcOptions, xmlrpc } from './transports/xmlrpc/index.ts';
