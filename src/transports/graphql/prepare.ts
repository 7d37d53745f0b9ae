import { ProblemsError } from '../../config/problems.ts';
import { toError } from '../../errors.ts';
import type { CallContext } from '../../operations/call.ts';
import type { Outcome } from '../../operations/outcome.ts';
import { refusedUnsent } from '../../operations/refusals.ts';
import type { Prepared } from '../../operations/transport.ts';
import type { Log } from '../../telemetry/log.ts';
import { aliasComplaints, aliasOf, compileAliases } from './aliases.ts';
import type { GraphQLSpec } from './builders.ts';
import { assertOperation } from './check-options.ts';
import type { GraphQLClient } from './client.ts';
import { type BackendDocument, type Complaint, readDocument } from './document.ts';
import type { ErrorMap } from './error-codes.ts';
import { askedAgain, outcomeOfOne, outcomesOfMany, type Reading } from './outcomes.ts';
import type { LocalSchema } from './schema.ts';
import { compileSelection } from './selection.ts';
import { compileVariables, type WrittenVariables } from './variables.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** What decides about the operations of a datasource before anything is asked. */
export interface Common {
  readonly service: string;
  readonly schema: LocalSchema | undefined;
  readonly aliases: boolean;
  readonly maxInputs: number;
  /** The datasource's own, and the usual ones. */
  readonly errors: ErrorMap;
}

/** What the operations of a datasource share. */
export interface Backend extends Common {
  readonly client: GraphQLClient;
  readonly log: Log;
}

/** An operation whose document is in order. */
interface Compiled {
  readonly document: BackendDocument;
  readonly reading: Reading;
  readonly aliased: boolean;
}

/**
 * Reads one operation's document and what is said about it. Throws a `ProblemsError` with all that is wrong with the document,
 * or an `Error` that names an option.
 */
export function compileOperation(spec: GraphQLSpec, operation: string, common: Common): Compiled {
  assertOperation(spec);
  const { options, kind } = spec;
  const document = orProblems(readDocument(spec, common.schema?.schema), operation, common);
  const selection = orProblems(compileSelection(document, options.select), operation, common);
  const aliased = kind === 'read' && (options.aliases ?? common.aliases);
  if (aliased) orProblems(aliasComplaints(document), operation, common);
  const reading: Reading = {
    service: common.service,
    selection,
    errors: { ...common.errors, ...options.onError },
    declarations: declarationsIn(document),
  };
  return { document, reading, aliased };
}

/**
 * Makes one operation ready to be asked; throws what `compileOperation` does. One input is one request with the document as it
 * stands; many of a query are one with as many aliases, and of a mutation as many requests.
 */
export function prepareOperation(
  spec: GraphQLSpec,
  operation: string,
  backend: Backend,
): Prepared<Inputs, unknown> {
  const compiled = compileOperation(spec, operation, backend);
  const asking = new Asking(compiled, operation, spec.kind === 'read', backend);
  return {
    call: (inputs, context) => asking.ask(inputs, context),
    maxInputs: compiled.aliased ? (spec.options.maxInputs ?? backend.maxInputs) : 1,
  };
}

/** As `line:column`. */
function declarationsIn({ operation }: BackendDocument): ReadonlySet<string> {
  const tokens = (operation.variableDefinitions ?? []).map(({ loc }) => loc?.startToken);
  return new Set(tokens.map((token) => `${token?.line}:${token?.column}`));
}

/** One operation of a backend, ready to be asked. */
class Asking {
  private readonly operation: string;
  private readonly name: string | undefined;
  private readonly repeatable: boolean;
  private readonly aliased: boolean;
  private readonly reading: Reading;
  private readonly backend: Backend;
  private readonly document: string;
  private readonly combined: ReturnType<typeof compileAliases>;
  private readonly write: ReturnType<typeof compileVariables>;
  private toldOfRefusal = false;

  constructor(
    { document, reading, aliased }: Compiled,
    operation: string,
    repeatable: boolean,
    backend: Backend,
  ) {
    this.operation = operation;
    this.name = document.operation.name?.value;
    this.repeatable = repeatable;
    this.aliased = aliased;
    this.reading = reading;
    this.backend = backend;
    this.document = JSON.stringify(document.text);
    this.combined = compileAliases(document);
    this.write = compileVariables(document.operation, backend.schema?.schema, backend.service);
  }

  /** Inputs that cannot be written fail alone, and are not sent. */
  async ask(inputs: readonly Inputs[], context: CallContext): Promise<readonly Outcome<unknown>[]> {
    const written = inputs.map((input) => this.written(input));
    const sent = written.filter((each): each is WrittenVariables => !(each instanceof Error));
    const answers =
      this.aliased && sent.length > 1 ? await this.together(sent, context) : await this.singly(sent, context);
    let following = 0;
    return written.map((each) => (each instanceof Error ? each : answers[following++]));
  }

  private async singly(
    inputs: readonly WrittenVariables[],
    context: CallContext,
  ): Promise<readonly Outcome<unknown>[]> {
    if (inputs.length === 1) return [outcomeOfOne(await this.one(inputs[0]!, context), this.reading)];
    const outcome = async (input: WrittenVariables): Promise<Outcome<unknown>> => {
      try {
        return outcomeOfOne(await this.one(input, context), this.reading);
      } catch (thrown) {
        // An abort is not an answer about this input: whoever aborted knows what it means.
        if (context.signal.aborted) throw thrown;
        return toError(thrown);
      }
    };
    return Promise.all(inputs.map(outcome));
  }

  private async together(
    inputs: readonly WrittenVariables[],
    context: CallContext,
  ): Promise<readonly Outcome<unknown>[]> {
    const combined = this.combined(inputs.length);
    const variables = inputs.flatMap((input, index) =>
      input.map(([name, json]) => [aliasOf(index, name), json] as const),
    );
    const answer = await this.backend.client.ask(
      { document: combined.json, operationName: this.name, variables, repeatable: this.repeatable },
      context,
    );
    const outcomes = outcomesOfMany(answer, this.reading, combined, inputs.length);
    return outcomes === 'doubtful' ? this.probe(inputs, context) : outcomes;
  }

  /**
   * Nothing was answered, and nothing says why. A backend that cannot answer at all is not asked a hundred times over: one
   * input goes ahead; the others follow only where it is answered.
   */
  private async probe(
    inputs: readonly WrittenVariables[],
    context: CallContext,
  ): Promise<readonly Outcome<unknown>[]> {
    const [ahead, ...others] = inputs;
    const answer = await this.one(ahead!, context);
    const outcome = outcomeOfOne(answer, this.reading);
    if (answer.data === undefined) return inputs.map(() => outcome);
    if (!this.toldOfRefusal) {
      this.toldOfRefusal = true;
      this.backend.log.warn(
        { operation: this.operation, inputs: inputs.length },
        'A document for many inputs was refused where one input alone was not: a lower `maxInputs`, or `aliases: false`, saves the attempts.',
      );
    }
    return [outcome, ...others.map(() => askedAgain(this.reading))];
  }

  private one(variables: WrittenVariables, context: CallContext) {
    const { document, name: operationName, repeatable } = this;
    return this.backend.client.ask({ document, operationName, variables, repeatable }, context);
  }

  private written(input: Inputs): WrittenVariables | Error {
    try {
      return this.write(input);
    } catch (thrown) {
      return refusedUnsent(toError(thrown));
    }
  }
}

function orProblems<T extends object>(
  made: T | readonly Complaint[],
  operation: string,
  { service }: Common,
): T {
  if (!isComplaints(made)) return made;
  if (made.length === 0) return made as never;
  throw new ProblemsError(made.map((complaint) => ({ place: service, subject: operation, ...complaint })));
}

function isComplaints(made: object): made is readonly Complaint[] {
  return Array.isArray(made);
}
