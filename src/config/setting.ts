/** A value that the environment gives when the server starts. Resolved then, with all that is missing listed at once. */
export interface Setting {
  readonly setting: true;
  readonly variable: string;
  /** Used when the variable is absent or empty; without one the variable is required. */
  readonly fallback: string | undefined;
}

/** A value in a definition: written there, or taken from the environment. */
export type Configurable = string | Setting;

/**
 * Takes a value from the environment at start-up.
 *
 * @param variable name of the environment variable
 * @param fallback used where the variable is absent or empty; without it a missing variable stops the start
 * @example rest('rides', { baseUrl: env('RIDES_URL', 'http://127.0.0.1:4101') })
 */
export function env(variable: string, fallback?: string): Setting {
  return { setting: true, variable, fallback };
}

export function isSetting(value: unknown): value is Setting {
  return typeof value === 'object' && value !== null && (value as { setting?: unknown }).setting === true;
}

/** The value of a setting, or `undefined` where it is required and missing. */
export function resolveSetting(value: Configurable, variables: NodeJS.ProcessEnv): string | undefined {
  if (!isSetting(value)) return value;
  const given = variables[value.variable];
  return given === undefined || given === '' ? value.fallback : given;
}
