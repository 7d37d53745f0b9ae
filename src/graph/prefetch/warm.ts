import type { FieldAccess } from '../access/field-access.ts';
import { noCall } from '../input-reader.ts';
import type { RequestContext } from '../request-context.ts';
import type { Plan, PlannedStep } from './plan.ts';

const noArguments = Object.freeze({});

/**
 * Asks what a plan says for each object among the values, and what follows from the answers, all at once. When it is
 * done, graphql-js finds every answer there already and completes the whole list without a promise a row.
 *
 * Asks nothing that graphql-js would not ask itself a moment later, and in the same ticks: the batches are the same.
 *
 * @returns a promise that never rejects, or `undefined` where there is nothing to wait for
 */
export function warm(plan: Plan, value: unknown, context: RequestContext): Promise<unknown> | undefined {
  const objects: object[] = [];
  gather(value, objects);
  return warmObjects(plan, objects, context);
}

function warmObjects(
  plan: Plan,
  objects: readonly object[],
  context: RequestContext,
): Promise<unknown> | undefined {
  if (objects.length === 0) return undefined;
  const pending: Promise<unknown>[] = [];
  for (const step of plan.steps)
    if (mayAsk(step.access, context)) pending.push(warmStep(step, objects, context));
  for (const { property, plan: innerPlan, access } of plan.inner) {
    if (!mayAsk(access, context)) continue;
    const within: object[] = [];
    for (const object of objects)
      gather(admitted(access, (object as Readonly<Record<string, unknown>>)[property], context), within);
    const warming = warmObjects(innerPlan, within, context);
    if (warming !== undefined) pending.push(warming);
  }
  return pending.length === 0 ? undefined : Promise.all(pending);
}

async function warmStep(
  { operation, read, coordinate, children, access }: PlannedStep,
  objects: readonly object[],
  context: RequestContext,
): Promise<void> {
  // The same input is the same promise.
  const asked = new Set<Promise<unknown>>();
  for (const object of objects) {
    const input = read(object, noArguments, context.rights);
    if (input !== noCall) asked.add(context.load(operation, input, coordinate));
  }
  const answers = await Promise.allSettled(asked);
  if (children === undefined) return;
  const next: object[] = [];
  for (const answer of answers)
    if (answer.status === 'fulfilled') gather(admitted(access, answer.value, context), next);
  await warmObjects(children, next, context);
}

/** For a field that is forbidden nothing is asked, nor for anything below it. */
function mayAsk(access: FieldAccess | undefined, { rights }: RequestContext): boolean {
  return access?.requirement === undefined || rights.allows(access.requirement);
}

function admitted(access: FieldAccess | undefined, value: unknown, context: RequestContext): unknown {
  return access?.admission === undefined ? value : access.admission.admit(value, context, undefined);
}

/** The objects of a value, however deep its lists. */
function gather(value: unknown, into: object[]): void {
  if (Array.isArray(value)) for (const item of value) gather(item, into);
  else if (typeof value === 'object' && value !== null && !(value instanceof Error)) into.push(value);
}
