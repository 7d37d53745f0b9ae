// The public API: what graph projects are made of, and what serves them.
export * from './authoring.ts';
export { type Problem, ProblemsError } from './config/problems.ts';
export { startTributary, type Tributary, type TributaryOptions } from './tributary.ts';
