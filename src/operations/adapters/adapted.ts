import type { Adapter, OperationSpec } from '../operation.ts';
import type { Prepared } from '../transport.ts';

/** An adapter that knows the types on both sides. */
export interface TypedAdapter<FromI, FromO, ToI, ToO> {
  readonly name: string;
  /** Everything that decides the outcome, for the version of the definition. */
  readonly definition: unknown;
  adapt(prepared: Prepared<FromI, FromO>): Prepared<ToI, ToO>;
}

/** The specification with one more adapter around what its transport prepares, and what else the adapter changes. */
export function adapted<FromI, FromO, ToI, ToO>(
  target: OperationSpec<FromI, FromO>,
  adapter: TypedAdapter<FromI, FromO, ToI, ToO>,
  changes: Partial<Pick<OperationSpec<ToI, ToO>, 'batched' | 'keyInputs' | 'options'>> = {},
): OperationSpec<ToI, ToO> {
  const { types: _types, ...rest } = target;
  return { ...rest, ...changes, adapters: [...target.adapters, adapter as unknown as Adapter] };
}
