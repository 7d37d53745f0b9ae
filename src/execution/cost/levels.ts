import type { ValueNode } from 'graphql';
import type { ListSize } from '../../graph/audiences/annotations.ts';

/** What is selected at one place of a document, with what it costs. A fragment is one level, wherever it is spread. */
export interface Level {
  readonly fields: readonly CostedField[];
  readonly within: readonly { readonly level: Level; readonly conditions: readonly Condition[] }[];
}

/** A field of a document, with all that is known of its cost before there are variables. */
export interface CostedField {
  readonly name: string;
  /** Its alias, or its name. */
  readonly key: string;
  /** `Query.rides`, for messages. */
  readonly coordinate: string;
  /** Of one item, without what is selected in it. */
  readonly weight: number;
  /** Of the arguments that are given. */
  readonly argumentWeight: number;
  readonly isList: boolean;
  readonly listSize: ListSize | undefined;
  /** The values of the slicing arguments, where the document or the contract gives one. */
  readonly slices: readonly Slice[];
  readonly conditions: readonly Condition[];
  readonly children: Level | undefined;
}

export interface Slice {
  readonly argument: string;
  /** In the document; absent where the argument's default value counts. */
  readonly node: ValueNode | undefined;
  readonly fallback: unknown;
}

/** A `@skip` or `@include`. */
export interface Condition {
  readonly node: ValueNode;
  /** The value with which the field is selected. */
  readonly selects: boolean;
}
