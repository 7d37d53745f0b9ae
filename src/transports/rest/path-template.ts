const placeholder = /\{([^{}]*)\}/g;

/** The names in a path template, in order: `['riderId']` of `/riders/{riderId}/rides`. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name]) => name as string);
}
