import { parseInt32 } from './numbers.ts';
import type { XmlRpcValue } from './read-value.ts';

/** What a server says when a method failed. */
export interface Fault {
  /** A number by the specification; some servers send words. */
  readonly code: number | string;
  /** The server's own words; `''` where it sent none. Not for clients. */
  readonly text: string;
}

/**
 * A struct as a fault: `faultCode` and `faultString`. A code that is text is a number where it reads as one; a
 * missing string is empty. `undefined` when the value is no such struct.
 * Source: XML-RPC specification, "Fault example".
 */
export function faultOf(value: XmlRpcValue): Fault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (!Object.hasOwn(value, 'faultCode')) return undefined;
  const { faultCode, faultString } = value;
  const text = faultString === undefined || faultString === null ? '' : String(faultString);
  if (typeof faultCode === 'number') return { code: faultCode, text };
  if (typeof faultCode === 'string') return { code: parseInt32(faultCode) ?? faultCode, text };
  return undefined;
}
