import type { Problem } from '../config/problems.ts';
import type { DatasourceInfo } from './operation.ts';

/** Why an operation of a datasource that forwards what is the caller's may be of no other scope. */
export const sharedThoughForwarded = Object.freeze({
  message: 'The datasource forwards what the caller sent, and the answer would be shared with others.',
  mend: "Write `scope: 'caller'`, or take `scope` away.",
});

/**
 * What a datasource's forwarding cannot be.
 *
 * @param settings values that the environment gave; absent where nothing is opened
 */
export function forwardingProblems(
  { name, forwarding }: Pick<DatasourceInfo, 'name' | 'forwarding'>,
  settings: Readonly<Record<string, string>> = {},
): readonly Pick<Problem, 'subject' | 'message' | 'mend'>[] {
  if (forwarding === undefined) return [];
  const problems = forwarding.problems.map((problem) => ({ subject: name, ...problem }));
  const address = settings.baseUrl ?? settings.url;
  if (forwarding.names.includes('authorization') && hasCredentials(address))
    problems.push({
      subject: name,
      message: 'The address holds credentials, which would stand in for callers who have no token.',
      mend: 'Take `user:password@` out of the address, or `forward.authorization` away.',
    });
  return problems;
}

function hasCredentials(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { username, password } = new URL(address);
  return username !== '' || password !== '';
}
