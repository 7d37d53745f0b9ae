/** The same values without `undefined`: what is absent and what is `undefined` are not the same to what follows. */
export type Given<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> };

/** Leaves out what was not given. */
export function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Given<Values>;
}
