import { batchedUnderLists } from './batched-under-lists.ts';
import { nullableBindings } from './nullable-bindings.ts';
import type { Rule } from './rule.ts';

/** What `check` asks beyond what a start does: projects that break these can be served, but badly. */
export const checkRules: readonly Rule[] = [batchedUnderLists, nullableBindings];
