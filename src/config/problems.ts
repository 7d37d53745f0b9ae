/** One thing that is wrong with a configuration, a schema or a graph project. */
export interface Problem {
  /** Where: `datasources/rides.ts`, `schema/ride.graphql:12:3`, `tributary.config.ts`, `environment`. */
  readonly place: string;
  /** What it concerns, if it has a name: a schema coordinate such as `Ride.driver`, an operation, a variable. */
  readonly subject?: string;
  /** What is wrong: what was expected and what came, in a whole sentence. */
  readonly message: string;
  /** What to do about it, in a whole sentence. */
  readonly mend: string;
  /** It may be over when the start is tried again, unchanged. */
  readonly mayPass?: boolean;
}

/** Stops a start: everything that is wrong, at once. */
export class ProblemsError extends Error {
  override readonly name = 'ProblemsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

/** A problem as two lines for a terminal. */
export function describeProblem({ place, subject, message, mend }: Problem): string {
  return `${place}${subject === undefined ? '' : `  ${subject}`}\n  ${message} ${mend}`;
}
