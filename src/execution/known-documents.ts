import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type CachePolicy, cachePolicyOf } from './cache-policy.ts';
import type { CostLimits } from './cost/estimate.ts';
import { type OperationCost, operationCost } from './cost/operation-cost.ts';
import type { RunReport } from './http-run.ts';

const mostCharacters = 32_000_000;

/** What is known of an operation of a document whose text was parsed and found valid. */
export interface KnownDocument {
  readonly operationName: string | undefined;
  /** Of a request that is answered with a whole answer. */
  readonly report: RunReport;
  /** SHA-256 of the text, in hexadecimal digits. */
  readonly hash: string;
  readonly policy: CachePolicy;
  readonly cost: OperationCost;
  /** The names of the variables that the operation declares, sorted. */
  readonly variables: readonly string[];
}

/** What Apollo Server found out about a request. */
export interface ResolvedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly hash: string;
}

/** As Apollo Server hands it on: also where nobody can tell which of its operations is meant. */
export type FoundDocument = Omit<ResolvedDocument, 'operation'> & {
  readonly operation: OperationDefinitionNode | undefined;
};

/**
 * Remembers what was derived from a document, by its text and the name of the operation: as many as there may be parsed
 * documents, the least recently used forgotten first.
 */
export class KnownDocuments {
  readonly #schema: GraphQLSchema;
  readonly #limits: CostLimits;
  readonly #known: LRUCache<string, KnownDocument>;

  constructor(schema: GraphQLSchema, maxDocuments: number, limits: CostLimits) {
    this.#schema = schema;
    this.#limits = limits;
    this.#known = new LRUCache({
      max: maxDocuments,
      maxSize: mostCharacters,
      sizeCalculation: (_document, key) => key.length,
    });
  }

  get(text: string, operationName: string | undefined): KnownDocument | undefined {
    return this.#known.get(keyOf(text, operationName));
  }

  learn(text: string, operationName: string | undefined, resolved: ResolvedDocument): KnownDocument {
    const { document, operation, hash } = resolved;
    const { operation: kind } = operation;
    const name = operation.name?.value;
    const known: KnownDocument = {
      operationName: name,
      report: { kind, operationName: name, document: hash.slice(0, 12), codes: [], wholeAnswer: true },
      hash,
      policy: cachePolicyOf(this.#schema, document, operation),
      cost: operationCost(this.#schema, document, operation, this.#limits),
      variables: (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value).sort(),
    };
    this.#known.set(keyOf(text, operationName), known);
    return known;
  }
}

function keyOf(text: string, operationName: string | undefined): string {
  return operationName === undefined ? text : `${operationName}\u0000${text}`;
}
