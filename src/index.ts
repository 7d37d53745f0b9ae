// The public API: what a graph project writes with, and what a program needs to serve or check one.

export * from './authoring.ts';
export { type Problem, ProblemsError } from './config/problems.ts';
export { type CheckReport, checkProject } from './graph/check.ts';
export { startTributary, type Tributary, type TributaryOptions } from './tributary.ts';
