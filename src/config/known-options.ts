/**
 * Refuses options that there are not: whoever misspells one would otherwise not learn that it does nothing.
 *
 * @param others that there are too, and that somebody else has taken out already
 * @throws Error that names the option, and those that there are
 */
export function assertKnownOptions(
  options: object,
  known: Readonly<Record<string, true>>,
  others: readonly string[] = [],
): void {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(known, name))
      throw new Error(
        `There is no option \`${name}\`; there are ${[...Object.keys(known), ...others].join(', ')}.`,
      );
}
