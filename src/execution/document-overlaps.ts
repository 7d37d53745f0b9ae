import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { TributaryError } from '../errors.ts';

/**
 * Bounds the pairs of fields that meet under one name in one place of the answer: the rule "Field Selection Merging"
 * (GraphQL spec §5.3.2), as graphql-js has it, compares each field with each other there, and so do the fields below them.
 *
 * Selection sets that meet are walked as one, so that this takes time with their fields and not with their pairs. The
 * document may have no cycle of fragments, and must have been bounded before in what its fragments expand to.
 *
 * @throws TributaryError `QUERY_TOO_COMPLEX`
 */
export function limitOverlaps(
  { definitions }: DocumentNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  maxOverlaps: number,
): void {
  const reached = new Set<string>();
  let pairs = 0;
  const walk = (sets: readonly SelectionSetNode[]): void => {
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const fields = byName.get(name);
          if (fields === undefined) byName.set(name, [selection]);
          else fields.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          reached.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment !== undefined) collect(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) collect(set);
    // Two spreads that meet are compared as well.
    pairs += pairsOf(spread.size);
    for (const fields of byName.values()) pairs += pairsOf(fields.length);
    if (pairs > maxOverlaps) throw new TributaryError('QUERY_TOO_COMPLEX');
    for (const fields of byName.values()) {
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) walk(below);
    }
  };
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) walk([definition.selectionSet]);
  for (const [name, { selectionSet }] of fragments) if (!reached.has(name)) walk([selectionSet]);
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}
