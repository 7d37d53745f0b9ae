import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  visit,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { accessOf, type FieldAccess, isProperty } from '../access/field-access.ts';
import { type BoundStep, boundStepOf, isCalculated } from './bound-fields.ts';

/** What will be asked of the backends for each object of one selection, known before graphql-js gets there. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Objects that stand in a property of the object itself: the nodes of a page. */
  readonly inner: readonly InnerPlan[];
}

export interface InnerPlan {
  readonly property: string;
  readonly plan: Plan;
  readonly access: FieldAccess | undefined;
}

export interface PlannedStep extends BoundStep {
  /** For the objects that the operation answers. */
  readonly children: Plan | undefined;
  /** Plans are shared between callers: whether this one may ask, and what it sees, is asked each time. */
  readonly access: FieldAccess | undefined;
}

type Selection = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues'>;

/** A resolver function may load anything, and must meet the others of its tick: its level is left to graphql-js. */
const opaque = Symbol('opaque');

/** A document may be executed against the schemas of several audiences. */
const plans = new WeakMap<FieldNode, { readonly schema: GraphQLSchema; readonly plan: Plan | undefined }>();

/**
 * The plan of what is selected of the field's value, or nothing where there is nothing to plan. Made once per document:
 * parsed documents are kept, and a plan depends on variables only through `@skip` and `@include`.
 */
export function planOf(info: GraphQLResolveInfo): Plan | undefined {
  const [node] = info.fieldNodes;
  if (node === undefined || node.selectionSet === undefined) return undefined;
  const known = info.fieldNodes.length === 1 ? plans.get(node) : undefined;
  if (known !== undefined && known.schema === info.schema) return known.plan;
  const plan = planOfType(getNamedType(info.returnType), info.fieldNodes, info);
  const made = plan === opaque ? undefined : plan;
  if (info.fieldNodes.length === 1 && !dependsOnVariables(node, info))
    plans.set(node, { schema: info.schema, plan: made });
  return made;
}

function planOfType(
  type: unknown,
  nodes: readonly FieldNode[],
  selection: Selection,
): Plan | undefined | typeof opaque {
  if (!isObjectType(type)) return undefined;
  const steps: PlannedStep[] = [];
  const inner: InnerPlan[] = [];
  for (const children of subfieldsOf(type, nodes, selection)) {
    const field = type.getFields()[children[0]?.name.value ?? ''];
    if (field === undefined || (field.resolve && isCalculated(field.resolve))) continue;
    const below = planOfType(getNamedType(field.type), children, selection);
    const access = accessOf(field.resolve);
    if (isProperty(field.resolve)) {
      if (below === opaque) return opaque;
      if (below !== undefined) inner.push({ property: field.name, plan: below, access });
      continue;
    }
    const step = stepOf(field);
    if (step === undefined) return opaque;
    steps.push({ ...step, children: below === opaque ? undefined : below, access });
  }
  return steps.length + inner.length === 0 ? undefined : { steps, inner };
}

/** A field with arguments is asked by graphql-js, which reads them. */
function stepOf({ args, resolve }: GraphQLField<unknown, unknown>): BoundStep | undefined {
  return args.length === 0 && resolve !== undefined ? boundStepOf(resolve) : undefined;
}

/** Implements "Collecting fields", GraphQL specification §6.3.2, through graphql-js. */
function subfieldsOf(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  { schema, fragments, variableValues }: Selection,
): Iterable<readonly FieldNode[]> {
  return collectSubfields(schema, fragments, variableValues, type, nodes).values();
}

function dependsOnVariables(node: FieldNode, { fragments }: Selection): boolean {
  let depends = false;
  const seen = new Set<string>();
  const look = (at: Parameters<typeof visit>[0]): void => {
    visit(at, {
      Directive: ({ arguments: given }) => {
        if (given?.some(({ value }) => value.kind === Kind.VARIABLE)) depends = true;
      },
      FragmentSpread: ({ name }) => {
        const fragment = fragments[name.value];
        if (fragment === undefined || seen.has(name.value)) return;
        seen.add(name.value);
        look(fragment);
      },
    });
  };
  look(node);
  return depends;
}
