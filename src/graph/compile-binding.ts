import type { GraphQLFieldResolver } from 'graphql';
import type { Operation } from '../operations/operation.ts';
import { demand } from './access/demand.ts';
import { type FieldAccess, noteAccess } from './access/field-access.ts';
import type { Binding } from './binding.ts';
import { claimsIn, inputReader, noCall } from './input-reader.ts';
import { type BoundStep, noteBound } from './prefetch/bound-fields.ts';
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
  const step = { operation, read: inputReader(binding.inputs), claims: claimsIn(binding.inputs), coordinate };
  return stepResolver(step, undefined);
}

/**
 * The function of a bound field, with what stands before and behind its value: nothing is asked for a caller who may not
 * have it, nor for what follows from an object that the caller may not see.
 */
export function stepResolver(step: BoundStep, access: FieldAccess | undefined): FieldResolver {
  const { operation, read, coordinate } = step;
  const requirement = access?.requirement;
  const admission = access?.admission;
  const resolve: FieldResolver = (parent, args, context, info) => {
    if (requirement !== undefined) demand(requirement, context);
    const input = read(parent, args, context.rights);
    if (input === noCall) return null;
    const answer = context.answer(operation, input, coordinate);
    if (!(answer instanceof Promise))
      return admission === undefined ? answer : admission.admit(answer, context, info);
    const plan = planOf(info);
    if (admission === undefined)
      return plan === undefined
        ? answer
        : answer.then((value) => warm(plan, value, context)?.then(() => value) ?? value);
    return answer.then((value) => {
      const seen = admission.admit(value, context, info);
      return (plan && warm(plan, seen, context)?.then(() => seen)) ?? seen;
    });
  };
  noteBound(resolve, step);
  if (access !== undefined) noteAccess(resolve, access);
  return resolve;
}
