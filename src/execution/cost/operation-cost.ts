import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { actualCost } from './actual-cost.ts';
import { compileOperation } from './compile.ts';
import { type CostLimits, estimateCost } from './estimate.ts';

/** The cost of one operation of a document: compiled once, asked for each request. */
export interface OperationCost {
  /** The fields that are selected: `Ride.driver`. */
  readonly coordinates: ReadonlySet<string>;
  /** Throws where it is too much: see `estimateCost`. */
  estimate(variables: Readonly<Record<string, unknown>> | undefined): number;
  actual(data: Readonly<Record<string, unknown>> | null): number;
}

export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: CostLimits,
): OperationCost {
  const compiled = compileOperation(schema, document, operation);
  const isFixed = (operation.variableDefinitions ?? []).length === 0;
  let fixed: number | undefined;
  return {
    coordinates: compiled.coordinates,
    estimate(variables) {
      if (fixed !== undefined) return fixed;
      const cost = estimateCost(compiled, operation, variables, limits);
      if (isFixed) fixed = cost;
      return cost;
    },
    actual: (data) => actualCost(compiled, data),
  };
}
