import type { ASTNode } from 'graphql';

/** Where something stands in the contract: `schema/ride.graphql:12:3`. */
export function placeOfNode(node: ASTNode | null | undefined): string {
  const at = node?.loc;
  return at ? `${at.source.name}:${at.startToken.line}:${at.startToken.column}` : 'schema';
}
