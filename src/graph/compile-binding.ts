import type { GraphQLFieldResolver } from 'graphql';
import type { Operation } from '../operations/operation.ts';
import type { Binding } from './binding.ts';
import { inputReader, noCall } from './input-reader.ts';
import { noteBound } from './prefetch/bound-fields.ts';
import { planOf } from './prefetch/plan.ts';
import { warm } from './prefetch/warm.ts';
import type { RequestContext } from './request-context.ts';

export type FieldResolver = GraphQLFieldResolver<unknown, RequestContext>;

/**
 * Compiles a binding into the function that graphql-js calls for each object: all that can be decided once is decided
 * here. A null or absent value is left out of the input; under `ifPresent` the field is null and no call is made.
 *
 * @param coordinate of the field, for explanations
 */
export function compileBinding(binding: Binding<never, never, unknown>, coordinate = ''): FieldResolver {
  const operation = binding.operation as unknown as Operation<unknown, unknown>;
  const read = inputReader(binding.inputs);
  const resolve: FieldResolver = (parent, args, context, info) => {
    const input = read(parent, args);
    if (input === noCall) return null;
    const answer = context.answer(operation, input, coordinate);
    if (!(answer instanceof Promise)) return answer;
    const plan = planOf(info);
    return plan === undefined
      ? answer
      : answer.then((value) => warm(plan, value, context)?.then(() => value) ?? value);
  };
  noteBound(resolve, { operation, read, coordinate });
  return resolve;
}
