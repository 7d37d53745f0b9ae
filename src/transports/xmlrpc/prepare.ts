import { codeOf, toError } from '../../errors.ts';
import { errorOfFormat } from '../../formats/format-error-codes.ts';
import type { XmlRpcLimits } from '../../formats/xmlrpc/limits.ts';
import { type MulticallItem, readMulticall } from '../../formats/xmlrpc/read-multicall.ts';
import { readResponse } from '../../formats/xmlrpc/read-response.ts';
import { planCall, writeCall, writeInnerCall, writeMulticall } from '../../formats/xmlrpc/write-call.ts';
import type { WriteOptions } from '../../formats/xmlrpc/write-value.ts';
import type { CallContext } from '../../operations/call.ts';
import type { Outcome } from '../../operations/outcome.ts';
import type { Prepared } from '../../operations/transport.ts';
import type { XmlRpcSpec } from './builders.ts';
import type { XmlRpcClient } from './client.ts';
import { type FaultMap, outcomeOfFault } from './faults.ts';
import type { MulticallUse } from './multicall-use.ts';

/** What all operations of a datasource share. */
export interface Backend {
  readonly service: string;
  readonly client: XmlRpcClient;
  readonly multicall: MulticallUse;
  /** Results of a multicall stand in its list without an array of their own. */
  readonly bareResults: boolean;
  readonly maxInputs: number;
  /** Single requests at a time, where a batch cannot travel in one. */
  readonly concurrency: number;
  readonly onFault: FaultMap;
  /** Goes before all parameters. */
  readonly first: readonly (string | number)[];
  readonly writing: WriteOptions;
  readonly limits: Partial<XmlRpcLimits>;
}

/** Compiles one operation. Errors: `FormatError` `badDescription` for a method or parameters that cannot be. */
export function prepareMethod(spec: XmlRpcSpec, backend: Backend): Prepared<unknown, unknown> {
  const { kind, batch, maxInputs = backend.maxInputs } = spec;
  const operation = new Method(spec, backend);
  if (kind === 'write' || !batch || !backend.multicall.isWorthTrying) {
    return { maxInputs: 1, call: (inputs, context) => operation.singly(inputs, context) };
  }
  return { maxInputs, call: (inputs, context) => operation.together(inputs, context) };
}

class Method {
  private readonly backend: Backend;
  private readonly plan: ReturnType<typeof planCall>;
  private readonly faults: FaultMap;
  private readonly reads: boolean;
  private readonly reading: Parameters<typeof readMulticall>[2];

  constructor(spec: XmlRpcSpec, backend: Backend) {
    this.backend = backend;
    this.plan = planCall(spec.method, spec.params);
    this.reads = spec.kind === 'read';
    this.faults = { ...backend.onFault, ...spec.onFault };
    this.reading = {
      result: spec.result,
      timeZone: backend.writing.timeZone,
      limits: backend.limits,
      bare: backend.bareResults,
    };
  }

  /**
   * Asks for each input in a request of its own, so many at a time.
   *
   * @param answered told of each answer that is no error
   */
  async singly(
    inputs: readonly unknown[],
    context: CallContext,
    answered?: () => void,
  ): Promise<Outcome<unknown>[]> {
    const outcomes = new Array<Outcome<unknown>>(inputs.length);
    let following = 0;
    const work = async (): Promise<void> => {
      for (let index = following++; index < inputs.length; index = following++) {
        const outcome = await this.one(inputs[index], context).catch(toError);
        if (!(outcome instanceof Error)) answered?.();
        outcomes[index] = outcome;
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.backend.concurrency, inputs.length) }, work));
    return outcomes;
  }

  /** Asks for all inputs in one request; inputs that cannot be written fail alone and are not sent. */
  async together(inputs: readonly unknown[], context: CallContext): Promise<readonly Outcome<unknown>[]> {
    if (inputs.length === 1 || !this.backend.multicall.isWorthTrying) return this.singly(inputs, context);
    const calls = inputs.map((input) => this.innerCall(input));
    const sent = inputs.filter((_, index) => typeof calls[index] === 'string');
    const answers = await this.multicall(
      sent,
      calls.filter((call) => typeof call === 'string'),
      context,
    );
    let following = 0;
    return calls.map((call) => (typeof call === 'string' ? answers[following++] : call));
  }

  private async one(input: unknown, context: CallContext): Promise<Outcome<unknown>> {
    const { client, first, writing } = this.backend;
    const document = this.written(() => writeCall(this.plan, input, writing, first));
    const response = await client.ask(
      document,
      (body, contentType) => readResponse(body, contentType, this.reading),
      context,
      this.reads,
    );
    return 'fault' in response ? this.outcomeOf(response) : response.value;
  }

  private async multicall(
    inputs: readonly unknown[],
    calls: readonly string[],
    context: CallContext,
  ): Promise<readonly Outcome<unknown>[]> {
    const { client, multicall } = this.backend;
    if (calls.length < 2) return this.singly(inputs, context);
    try {
      const response = await client.ask(
        writeMulticall(calls),
        (body, contentType) => readMulticall(body, contentType, this.reading),
        context,
        true,
      );
      if ('fault' in response) return this.instead(inputs, context, `fault ${response.fault.code}`);
      const items = response.value;
      if (items?.length !== inputs.length) return this.instead(inputs, context, 'an answer of another form');
      const outcomes = items.map((item) => this.outcomeOf(item));
      // Results of the wrong type may be bare lists taken for wrapped values: not believed before it has worked once.
      const doubtful =
        multicall.isUntried && !this.backend.bareResults && items.some((item) => 'error' in item);
      if (doubtful) return this.instead(inputs, context, 'results of another type', outcomes);
      multicall.worked();
      return outcomes;
    } catch (thrown) {
      if (!multicall.isUntried || !mayBeTheMethods(thrown)) throw thrown;
      return this.probe(inputs, context, toError(thrown));
    }
  }

  /**
   * The multicall gave no answers, or bad ones: reads may be asked again, singly. It is to blame where fewer inputs fail
   * then.
   */
  private async instead(
    inputs: readonly unknown[],
    context: CallContext,
    reason: string,
    before?: readonly Outcome<unknown>[],
  ): Promise<readonly Outcome<unknown>[]> {
    const { multicall } = this.backend;
    // Where it gave nothing, one answer tells already: the time of this attempt may be over before all are there.
    if (before === undefined) return this.singly(inputs, context, () => multicall.failed(reason));
    const outcomes = await this.singly(inputs, context);
    if (failures(outcomes) < failures(before)) multicall.failed(reason);
    return outcomes;
  }

  /** A server that cannot answer at all is not asked a hundred times over: one input goes ahead of the others. */
  private async probe(
    inputs: readonly unknown[],
    context: CallContext,
    error: Error,
  ): Promise<readonly Outcome<unknown>[]> {
    const [ahead, ...others] = inputs;
    const [outcome] = await this.singly([ahead], context);
    if (outcome instanceof Error) return [outcome, ...others.map(() => error)];
    this.backend.multicall.failed(codeOf(error));
    return [outcome, ...(await this.singly(others, context))];
  }

  private innerCall(input: unknown): string | Error {
    const { first, writing } = this.backend;
    try {
      return this.written(() => writeInnerCall(this.plan, input, writing, first));
    } catch (thrown) {
      return toError(thrown);
    }
  }

  private written(write: () => string): string {
    try {
      return write();
    } catch (thrown) {
      throw errorOfFormat(thrown, this.backend.service);
    }
  }

  private outcomeOf(item: MulticallItem): Outcome<unknown> {
    if ('fault' in item) return outcomeOfFault(item.fault, this.faults, this.backend.service);
    if ('error' in item) return errorOfFormat(item.error, this.backend.service);
    return item.value;
  }
}

function failures(outcomes: readonly Outcome<unknown>[]): number {
  return outcomes.filter((outcome) => outcome instanceof Error).length;
}

/** Errors that a server gives which does not know the method; a server that is down gives others. */
function mayBeTheMethods(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === 'UPSTREAM_INVALID_RESPONSE' || code === 'DOWNSTREAM_SERVICE_ERROR' || code === 'NOT_FOUND';
}
