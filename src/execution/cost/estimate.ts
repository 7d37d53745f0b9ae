import { Kind, type OperationDefinitionNode, type ValueNode, valueFromASTUntyped } from 'graphql';
import { TributaryError } from '../../errors.ts';
import type { CompiledOperation } from './compile.ts';
import type { Condition, CostedField, Level } from './levels.ts';

export interface CostLimits {
  /** The most that an operation may cost. */
  readonly maxCost: number;
  /** The most items that a slicing argument may ask for. */
  readonly maxPageSize: number;
  /** The size of lists that say nothing of it. */
  readonly assumedListSize: number;
}

/** Sums beyond this are this: nobody may pay it. */
const most = Number.MAX_SAFE_INTEGER;

/**
 * What an operation may cost at most with the variables of a request, in units of `@cost`. Implements the IBM GraphQL
 * cost specification, "type cost" and "field cost" as one: a field costs what its own weight or its type's says, once for
 * each item of a list, with what is selected in each. What several types give at one place is added up.
 *
 * Takes time as the document is long: what hangs on a field is worked out once, however often its fragment is spread.
 *
 * @throws TributaryError `COST_ESTIMATED_TOO_EXPENSIVE` (with `cost` and `max`); `BAD_USER_INPUT` where a page is larger
 * than allowed, or slicing arguments contradict each other; `MAX_ROOT_FIELDS_EXCEEDED` for more than one sensitive field
 */
export function estimateCost(
  compiled: CompiledOperation,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | undefined,
  limits: CostLimits,
): number {
  if (compiled.sensitiveFields > 1)
    throw new TributaryError(
      'MAX_ROOT_FIELDS_EXCEEDED',
      'An operation may ask for one sensitive field, once.',
    );
  const estimate = new Estimate(operation, variables, limits);
  const cost = estimate.levelCost(compiled.level, undefined);
  if (cost > limits.maxCost && !isOneLargePage(compiled, operation, variables, limits))
    throw new TributaryError(
      'COST_ESTIMATED_TOO_EXPENSIVE',
      `The operation may cost ${cost}, and at most ${limits.maxCost} is allowed.`,
      { shown: { cost, max: limits.maxCost } },
    );
  if (estimate.problem !== undefined) throw new TributaryError('BAD_USER_INPUT', estimate.problem);
  return cost;
}

/** Whether an operation costs too much only because a page is larger than allowed: then that is what is wrong with it. */
function isOneLargePage(
  compiled: CompiledOperation,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | undefined,
  limits: CostLimits,
): boolean {
  const cut = new Estimate(operation, variables, limits, limits.maxPageSize);
  return cut.levelCost(compiled.level, undefined) <= limits.maxCost && cut.problem !== undefined;
}

/** The lists of an object whose size the field above it tells. */
interface Sized {
  readonly names: readonly string[];
  readonly size: number;
  /** What levels cost under it. */
  readonly levels: Map<Level, number>;
}

class Estimate {
  /** What is wrong with the sizes that are asked for. */
  problem: string | undefined;
  readonly #operation: OperationDefinitionNode;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #limits: CostLimits;
  readonly #mostItems: number;
  readonly #levels = new Map<Level, number>();
  /** What is selected in one item of a field. */
  readonly #items = new Map<CostedField, number>();

  constructor(
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>> = {},
    limits: CostLimits,
    mostItems = most,
  ) {
    this.#mostItems = mostItems;
    this.#operation = operation;
    this.#variables = variables;
    this.#limits = limits;
  }

  levelCost(level: Level, sized: Sized | undefined): number {
    const levels = sized?.levels ?? this.#levels;
    const known = levels.get(level);
    if (known !== undefined) return known;
    let sum = 0;
    for (const field of level.fields)
      if (this.#selects(field.conditions)) sum = plus(sum, this.#fieldCost(field, sized));
    for (const inner of level.within)
      if (this.#selects(inner.conditions)) sum = plus(sum, this.levelCost(inner.level, sized));
    levels.set(level, sum);
    return sum;
  }

  #fieldCost(field: CostedField, sized: Sized | undefined): number {
    const size = this.#sizeOf(field, sized);
    return plus(field.argumentWeight, times(size, plus(field.weight, this.#itemCost(field))));
  }

  #itemCost(field: CostedField): number {
    if (field.children === undefined) return 0;
    const known = this.#items.get(field);
    if (known !== undefined) return known;
    const names = field.listSize?.sizedFields ?? [];
    const below = names.length === 0 ? undefined : { names, size: this.#slice(field), levels: new Map() };
    const cost = this.levelCost(field.children, below);
    this.#items.set(field, cost);
    return cost;
  }

  #sizeOf(field: CostedField, sized: Sized | undefined): number {
    if (!field.isList) return 1;
    if (sized?.names.includes(field.name)) return sized.size;
    const { listSize } = field;
    return listSize !== undefined && listSize.sizedFields.length === 0
      ? this.#slice(field)
      : this.#limits.assumedListSize;
  }

  /** The greatest of what the slicing arguments ask for, or what is assumed. */
  #slice({ listSize, slices, coordinate }: CostedField): number {
    const { maxPageSize, assumedListSize } = this.#limits;
    const asked = slices.flatMap(({ argument, node, fallback }) => {
      const value = numberIn(node === undefined ? fallback : this.#valueOf(node, fallback));
      return value === undefined ? [] : [{ argument, value }];
    });
    const above = asked.find(({ value }) => value > maxPageSize);
    if (above) this.problem ??= `\`${above.argument}\` of \`${coordinate}\` may be at most ${maxPageSize}.`;
    if (listSize?.requireOneSlicingArgument && listSize.slicingArguments.length > 0) {
      const isMissing = asked.length === 0 && listSize.assumedSize === undefined;
      if (asked.length > 1 || isMissing)
        this.problem ??= `\`${coordinate}\` needs exactly one of ${listSize.slicingArguments.map((name) => `\`${name}\``).join(', ')}.`;
    }
    if (asked.length === 0) return listSize?.assumedSize ?? assumedListSize;
    return Math.min(this.#mostItems, Math.max(0, ...asked.map(({ value }) => value)));
  }

  #selects(conditions: readonly Condition[]): boolean {
    return conditions.every(({ node, selects }) => this.#valueOf(node, undefined) !== !selects);
  }

  /** A value as it came: what does not fit its type is refused before anything is executed. */
  #valueOf(node: ValueNode, absent: unknown): unknown {
    if (node.kind !== Kind.VARIABLE) return valueFromASTUntyped(node);
    const name = node.name.value;
    if (Object.hasOwn(this.#variables, name)) return this.#variables[name];
    const definition = this.#operation.variableDefinitions?.find(
      ({ variable }) => variable.name.value === name,
    );
    return definition?.defaultValue === undefined ? absent : valueFromASTUntyped(definition.defaultValue);
  }
}

/** Scalars such as `PositiveInt` take `"5"` and `[5]` for 5, and a size that is not counted is none that is limited. */
function numberIn(value: unknown): number | undefined {
  const number = value === null || value === undefined ? Number.NaN : Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function plus(one: number, other: number): number {
  return Math.min(most, one + other);
}

function times(one: number, other: number): number {
  return Math.min(most, one * other);
}
