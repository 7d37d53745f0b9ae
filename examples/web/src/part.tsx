import type { ReactNode } from 'react';
import type { Problem } from './problems.ts';

interface PartProps<Value> {
  readonly value: Value | null | undefined;
  /** Why it is null, where that is an error. */
  readonly problem: Problem | undefined;
  /** What stands where there is nothing. @default a dash */
  readonly none?: string;
  readonly children: (value: Value) => ReactNode;
}

/** One part of an answer: its value, that there is none, or why it could not be had. The rest of the page stands. */
export function Part<Value>({ value, problem, none = '–', children }: PartProps<Value>) {
  if (value !== null && value !== undefined) return children(value);
  if (problem === undefined) return <span className="none">{none}</span>;
  return (
    <span className="problem" title={sentenceOf(problem)}>
      <span aria-hidden="true">⚠ </span>unavailable
    </span>
  );
}

/** What is wrong with an answer, in the server's words, once for each cause. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  return (
    <div role="status">
      {problems.length > 0 && (
        <ul className="notice">
          {problems.map((problem) => (
            <li key={`${problem.code} ${problem.service} ${problem.message}`}>
              {sentenceOf(problem)} <code>{problem.code}</code>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what}…
    </p>
  );
}

function sentenceOf({ message, service }: Problem): string {
  return service === undefined ? message : `${service}: ${message}`;
}
