import { featureNames } from './features.ts';
import type { Example } from './history.ts';
import { churnRisk, type Model, sigmoid } from './model.ts';

/** Every fifth example is held out, to see what the model is worth. */
const heldOutEvery = 5;
const steps = 600;
const stepLength = 0.8;
/** Keeps weights small that the examples do not ask for. */
const decay = 0.001;

/**
 * Learns the weights by gradient descent over all examples at once: no chance is involved, so the same examples give the
 * same model. Numbers are rounded to six decimals, which no machine's arithmetic disagrees about.
 */
export function trainModel(examples: readonly Example[]): Model {
  const learned = examples.filter((_, index) => index % heldOutEvery !== 0);
  const heldOut = examples.filter((_, index) => index % heldOutEvery === 0);
  const rows = learned.map(({ features }) => featureNames.map((name) => features[name]));
  const means = featureNames.map((_, column) => meanOf(rows.map((row) => row[column] as number)));
  const deviations = featureNames.map((_, column) =>
    Math.sqrt(meanOf(rows.map((row) => ((row[column] as number) - (means[column] as number)) ** 2))),
  );
  const standard = rows.map((row) =>
    row.map((value, column) => (value - (means[column] as number)) / (deviations[column] as number)),
  );
  const outcomes = learned.map(({ left }) => (left ? 1 : 0));
  const { weights, bias } = descend(standard, outcomes);
  const numbers = { means, deviations, weights };
  const rounded = Object.fromEntries(
    Object.entries(numbers).map(([name, list]) => [name, list.map(round)]),
  ) as typeof numbers;
  const version = `churn-${learned.length}-${featureNames.length}`;
  const unproven = { version, features: featureNames, ...rounded, bias: round(bias) };
  const heldOutFigures = { examples: heldOut.length, areaUnderCurve: 0 };
  const draft: Model = { ...unproven, heldOut: heldOutFigures };
  return { ...draft, heldOut: { ...heldOutFigures, areaUnderCurve: areaUnderCurve(draft, heldOut) } };
}

function descend(
  rows: readonly (readonly number[])[],
  outcomes: readonly number[],
): { weights: number[]; bias: number } {
  const weights = featureNames.map(() => 0);
  let bias = 0;
  for (let step = 0; step < steps; step += 1) {
    const slopes = weights.map((weight) => decay * weight);
    let biasSlope = 0;
    rows.forEach((row, index) => {
      const score = row.reduce((sum, value, column) => sum + value * (weights[column] as number), bias);
      const wrong = (sigmoid(score) - (outcomes[index] as number)) / rows.length;
      biasSlope += wrong;
      row.forEach((value, column) => {
        slopes[column] = (slopes[column] as number) + wrong * value;
      });
    });
    slopes.forEach((slope, column) => {
      weights[column] = (weights[column] as number) - stepLength * slope;
    });
    bias -= stepLength * biasSlope;
  }
  return { weights, bias };
}

/** How often one who left is given a greater risk than one who stayed: 0.5 is chance, 1 is perfect. */
function areaUnderCurve(model: Model, examples: readonly Example[]): number {
  const risks = (left: boolean): number[] =>
    examples.filter((example) => example.left === left).map(({ features }) => churnRisk(features, model));
  const [leaving, staying] = [risks(true), risks(false)];
  let wins = 0;
  for (const risk of leaving)
    for (const other of staying) wins += risk > other ? 1 : risk === other ? 0.5 : 0;
  return Math.round((wins / (leaving.length * staying.length)) * 1_000) / 1_000;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000;
}
