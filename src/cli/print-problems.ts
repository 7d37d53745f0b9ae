import { describeProblem, type Problem } from '../config/problems.ts';

/** Prints every problem to the standard error, two lines each, and how many there are. */
export function printProblems(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(describeProblem(problem));
  console.error(problems.length === 1 ? '1 problem' : `${problems.length} problems`);
}
