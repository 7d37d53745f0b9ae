import { type Features, featureNames } from './features.ts';

/** A logistic regression: the chance that a rider takes no ride in the next thirty days. */

export interface Model {
  /** By what it learned; a score says which model it is of. */
  readonly version: string;
  /** The inputs, in the order of the lists below. */
  readonly features: readonly string[];
  /** Inputs are taken relative to their mean, in units of their deviation. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
  /** How it did on examples that it had not seen. */
  readonly heldOut: { readonly examples: number; readonly areaUnderCurve: number };
}

/** From 0 to 1, to four decimals. */
export function churnRisk(features: Features, { means, deviations, weights, bias }: Model): number {
  const score = featureNames.reduce((sum, name, index) => {
    const standard = (features[name] - (means[index] as number)) / (deviations[index] as number);
    return sum + (weights[index] as number) * standard;
  }, bias);
  return Math.round(sigmoid(score) * 10_000) / 10_000;
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
