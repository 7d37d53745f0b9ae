import type { CombinedError } from 'urql';

export type Path = readonly (string | number)[];

/** Why a part of the answer is missing. */
export interface Problem {
  /** The server's sentence for people. */
  readonly message: string;
  /** `UPSTREAM_UNAVAILABLE` */
  readonly code: string;
  /** The backend that has it, where one does. */
  readonly service?: string;
}

/**
 * Why the field at `path` is null: the error of the field itself, of one below it whose null spread upwards, or of one above.
 * `undefined` where the null is the answer.
 */
export function problemAt(error: CombinedError | undefined, path: Path): Problem | undefined {
  const found = error?.graphQLErrors.find((each) => oneLeadsToTheOther(each.path ?? [], path));
  return found === undefined ? undefined : problemOf(found);
}

/** Every kind of problem once, however many fields have it. */
export function problemsOf(error: CombinedError | undefined): readonly Problem[] {
  if (error === undefined) return [];
  if (error.networkError !== undefined)
    return [{ message: 'The server cannot be reached.', code: 'NETWORK_ERROR' }];
  const all = error.graphQLErrors.map(problemOf);
  return [...new Map(all.map((each) => [`${each.code} ${each.service} ${each.message}`, each])).values()];
}

function problemOf({ message, extensions }: CombinedError['graphQLErrors'][number]): Problem {
  const { code, service } = extensions;
  return {
    message,
    code: typeof code === 'string' ? code : 'UNKNOWN',
    ...(typeof service === 'string' ? { service } : {}),
  };
}

function oneLeadsToTheOther(one: Path, other: Path): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((step, index) => step === other[index]);
}
