import type { FieldContext } from './fields.ts';

/** What `execute` must hand to graphql-js as the context value. */
export interface RequestContext extends FieldContext {
  /** Forgets what was loaded; called before each root field of a mutation, whose fields must see what it wrote. */
  renewLoaders?(): void;
}
