import type { Operation } from '../operations/operation.ts';
import type { FieldContext } from './fields.ts';

/** What `execute` hands to graphql-js as the context value: what resolver functions get, and what bound fields need. */
export interface RequestContext extends FieldContext {
  /** The answer itself where this request has it already (thrown where it is an error); else what `load` gives. */
  answer<I, O>(operation: Operation<I, O>, input: I): O | Promise<O>;
}
