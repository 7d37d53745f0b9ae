export {
  array,
  base64,
  boolean,
  dateTime,
  double,
  type FixedParameter,
  fixed,
  i8,
  int,
  nil,
  optional,
  type Parameter,
  string,
  struct,
  type XmlRpcKind,
  type XmlRpcType,
} from '../../formats/xmlrpc/types.ts';
export { method, procedure, type ReadOptions, type WriteOptions, type XmlRpcSpec } from './builders.ts';
export type { FaultError, FaultMap, FaultMeaning } from './faults.ts';
export { type FirstArgument, type XmlRpcOptions, xmlRpcDefaults, xmlrpc } from './xmlrpc.ts';
