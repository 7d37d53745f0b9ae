/** What one XML-RPC answer may cost. Passing a limit is a `FormatError` of problem `tooLarge`. */
export interface XmlRpcLimits {
  /** Bytes of the encoded document. */
  maxBytes: number;
  /** Structs and arrays inside each other. */
  maxDepth: number;
  /** Members of one struct. */
  maxMembers: number;
  /** Values in the whole answer. */
  maxValues: number;
}

/** The defaults: the one table that code, tests and documents read. */
export const XMLRPC_LIMITS: Readonly<XmlRpcLimits> = Object.freeze({
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 64,
  maxMembers: 10_000,
  maxValues: 1_000_000,
});
