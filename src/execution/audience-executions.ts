import type { GraphQLSchema } from 'graphql';
import { type Audience, audiences } from '../caller.ts';
import { TributaryError } from '../errors.ts';
import { type Execution, type ExecutionOptions, openExecution } from './execution.ts';

export interface AudienceExecutionsOptions extends Omit<ExecutionOptions, 'schema' | 'audience'> {
  /** What each audience sees. One that is missing sees nothing. */
  readonly contracts: ReadonlyMap<Audience, GraphQLSchema>;
}

/**
 * An execution for each audience, with its own schema, Apollo Server and documents: what is outside a caller's contract
 * is told in the same words as what never was, because for that execution it never was.
 *
 * `execute` and `answer` throw `FORBIDDEN` for callers of an audience that has no contract.
 */
export async function openAudienceExecutions({
  contracts,
  ...shared
}: AudienceExecutionsOptions): Promise<Execution> {
  const executions = new Map<Audience, Execution>();
  for (const audience of audiences) {
    const schema = contracts.get(audience);
    if (schema !== undefined) executions.set(audience, await openExecution({ ...shared, schema, audience }));
  }
  const executionOf = (audience: Audience): Execution => {
    const execution = executions.get(audience);
    if (execution === undefined)
      throw new TributaryError('FORBIDDEN', 'There is nothing here for callers of this audience.');
    return execution;
  };
  return {
    execute: async (request) => executionOf(request.caller.audience).execute(request),
    answer: (request, run) => executionOf(run.caller.audience).answer(request, run),
    kept: (text, run) => executions.get(run.caller.audience)?.kept(text, run),
    async close() {
      await Promise.all([...executions.values()].map((execution) => execution.close()));
    },
  };
}
