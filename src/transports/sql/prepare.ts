import { ProblemsError } from '../../config/problems.ts';
import { TributaryError } from '../../errors.ts';
import type { CallContext } from '../../operations/call.ts';
import type { Outcome } from '../../operations/outcome.ts';
import type { Prepared } from '../../operations/transport.ts';
import type { CancelSignal } from '../../util/abort.ts';
import { canonical } from '../../util/canonical.ts';
import type { Capabilities, Database, Parameter, RawResult } from './dialect.ts';
import { keyBatch, manyByKey, oneByKey } from './keyed.ts';
import type { AnyChoice } from './markers.ts';
import { isStorable, parameterOf } from './parameters.ts';
import { type Rendered, render } from './render.ts';
import { rowsOf } from './rows.ts';
import { isKeyed, type SqlSpec, writes } from './spec.ts';
import { readTemplate, type Template } from './template.ts';

type Input = Readonly<Record<string, unknown>>;

export interface PrepareContext {
  readonly service: string;
  readonly capabilities: Capabilities;
  readonly database: Database;
  readonly maxRows: number;
}

/**
 * Compiles one operation. Throws a `ProblemsError` with all that is wrong with its statement.
 *
 * The call rejects with the codes of `sqlstate.ts`, `UPSTREAM_RESPONSE_TOO_LARGE` beyond the row limit,
 * `UPSTREAM_OVERLOADED` where no connection became free, and `BAD_USER_INPUT` for an input that does not fit.
 */
export function prepareStatement(
  spec: SqlSpec,
  operation: string,
  context: PrepareContext,
): Prepared<Input, unknown> {
  const template = readTemplate(spec, context.capabilities);
  if (isComplaints(template))
    throw new ProblemsError(
      template.map((complaint) => ({ place: context.service, subject: operation, ...complaint })),
    );
  const execution = new Execution(spec, template, context);
  if (!isKeyed(spec.shape)) return { call: (inputs, call) => execution.single(inputs, call), maxInputs: 1 };
  const groupBy = groupByOf(template);
  return {
    call: (inputs, call) => execution.keyed(inputs, call),
    maxInputs: Math.min(spec.maxInputs ?? 1_000, mostKeys(template, context.capabilities)),
    ...(groupBy === undefined ? {} : { groupBy }),
  };
}

function isComplaints<T>(value: Template | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** Inputs that differ in more than their keys need statements of their own. */
function groupByOf({ inputs, choices }: Template): ((input: Input) => string) | undefined {
  const names = [...new Set([...inputs, ...choices].map(({ input }) => input))];
  if (names.length === 0) return undefined;
  return (input) => canonical(names.map((name) => input[name]));
}

/** The greatest power of two of keys whose parameters still fit. */
function mostKeys({ keys, inputs }: Template, { maxParameters }: Capabilities): number {
  const fitting = Math.floor((maxParameters - inputs.length) / (keys?.keys.length ?? 1));
  return 2 ** Math.floor(Math.log2(Math.max(fitting, 1)));
}

class Execution {
  readonly #spec: SqlSpec;
  readonly #template: Template;
  readonly #context: PrepareContext;
  readonly #maxRows: number;
  /** By the number of keys there is room for, then by the columns chosen: as many as the definition allows, no more. */
  readonly #rendered = new Map<string, Rendered>();

  constructor(spec: SqlSpec, template: Template, context: PrepareContext) {
    this.#spec = spec;
    this.#template = template;
    this.#context = context;
    this.#maxRows = spec.maxRows ?? context.maxRows;
  }

  async keyed(inputs: readonly Input[], { signal }: CallContext): Promise<readonly Outcome<unknown>[]> {
    const { keys, columns } = this.#template;
    const first = inputs[0];
    if (keys === undefined || columns === undefined || first === undefined) return [];
    const accepts = (part: string) => isStorable(part, this.#context.capabilities);
    const batch = keyBatch(inputs, keys.keys, accepts);
    const pair = this.#spec.shape === 'one' ? oneByKey : manyByKey;
    if (batch.tuples.length === 0) return pair(batch, { rows: [], broken: new Map() }, keys.keys);
    const result = await this.#run(first, batch.tuples, signal);
    return pair(batch, rowsOf(result, columns.columns, this.#context.service), keys.keys);
  }

  async single(inputs: readonly Input[], { signal }: CallContext): Promise<readonly Outcome<unknown>[]> {
    const [input] = inputs;
    if (input === undefined) return [];
    const result = await this.#run(input, [], signal);
    const { columns } = this.#template;
    if (columns === undefined) return [{ changed: result.changed }];
    const { rows, broken } = rowsOf(result, columns.columns, this.#context.service);
    const [wrong] = broken.values();
    if (wrong !== undefined) return [wrong];
    return [this.#spec.shape === 'list' ? rows : (rows[0] ?? null)];
  }

  #run(input: Input, tuples: readonly (readonly string[])[], signal: CancelSignal): Promise<RawResult> {
    const rendered = this.#renderedFor(input, tuples.length);
    const parameters = this.#parameters(rendered, input, tuples);
    return this.#context.database.run(rendered.statement, parameters, { maxRows: this.#maxRows, signal });
  }

  #renderedFor(input: Input, keyCount: number): Rendered {
    const chosen = new Map(this.#template.choices.map((choice) => [choice, chosenBy(choice, input)]));
    const room = keyCount <= 1 ? keyCount : 2 ** Math.ceil(Math.log2(keyCount));
    const key = [room, ...chosen.values()].join('\n');
    const known = this.#rendered.get(key);
    if (known !== undefined) return known;
    const { capabilities } = this.#context;
    const rendered = render(this.#template, capabilities, room, chosen, writes(this.#spec.shape));
    this.#rendered.set(key, rendered);
    return rendered;
  }

  #parameters({ slots, room }: Rendered, input: Input, tuples: readonly (readonly string[])[]): Parameter[] {
    const { capabilities } = this.#context;
    return slots.flatMap((slot): readonly Parameter[] => {
      if (slot !== 'keys') return [parameterOf(slot.input, input[slot.input], slot.type, capabilities)];
      if (capabilities.keyList === 'array' && this.#template.keys?.keys.length === 1)
        return [tuples.map(([part]) => part as string)];
      return Array.from(
        { length: room },
        (_, index) => tuples[Math.min(index, tuples.length - 1)] ?? [],
      ).flat();
    });
  }
}

function chosenBy({ input, choices }: AnyChoice, inputs: Input): string {
  const value = inputs[input];
  if (value === null || value === undefined) return Object.values(choices)[0] as string;
  if (typeof value === 'string' && Object.hasOwn(choices, value)) return choices[value] as string;
  throw new TributaryError(
    'BAD_USER_INPUT',
    `\`${input}\` must be one of ${Object.keys(choices).join(', ')}.`,
  );
}
