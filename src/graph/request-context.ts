import type { Operation } from '../operations/operation.ts';
import type { Rights } from './access/rights.ts';
import type { FieldContext } from './fields.ts';

/** What `execute` hands to graphql-js as the context value: what resolver functions get, and what bound fields need. */
export interface RequestContext extends FieldContext {
  /** @param coordinate of the field that asks, for explanations */
  load<I, O>(operation: Operation<I, O>, input: I, coordinate?: string): Promise<O>;
  /** The answer itself where this request has it already (thrown where it is an error); else what `load` gives. */
  answer<I, O>(operation: Operation<I, O>, input: I, coordinate?: string): O | Promise<O>;
  /** What the caller may do. Looking at it is not looking at who is calling. */
  readonly rights: Rights;
  /** Only while a request is explained: the context of one field's function, which tells who asks. */
  readonly ofField?: ((coordinate: string) => FieldContext) | undefined;
}
