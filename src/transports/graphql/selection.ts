import type { BackendDocument, Complaint } from './document.ts';
import { problemOf, type Shape, shapeOf } from './shape.ts';

type Members = Readonly<Record<string, unknown>>;

/** Where the output of an operation is, and what it must look like. */
export interface Selection {
  /** Response keys that lead to the output, the root field's first; none where the output is all of `data`. */
  readonly path: readonly string[];
  /** Of the output itself. */
  readonly shape: Shape;
  /** Of `data`: the response keys of the root fields. */
  readonly roots: readonly string[];
}

/** An output as it stands in an answer. */
export interface Selected {
  /** What led to it: shorter than the selection's path where something on the way is null. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Compiles where the output is, or says why it is nowhere. */
export function compileSelection(
  document: BackendDocument,
  select: string | undefined,
): Selection | readonly Complaint[] {
  const whole = shapeOf(document.operation.selectionSet, document.fragments);
  const roots = [...(whole?.keys() ?? [])];
  const path = select?.split('.') ?? (roots.length === 1 ? roots : []);
  let shape: Shape = whole;
  for (const [index, key] of path.entries()) {
    const at = path.slice(0, index).join('.');
    const member: Shape | undefined = shape?.get(key)?.shape;
    if (member === undefined)
      return [
        {
          message: `\`select\` leads to ${path.join('.')}, but the document selects no \`${key}\`${at === '' ? '' : ` in ${at}`}.`,
          mend: `Select it, or name one of ${[...(shape?.keys() ?? [])].join(', ') || 'the fields above'}.`,
        },
      ];
    shape = member;
  }
  return { path, shape, roots };
}

/**
 * The output in the `data` of one input, or what is wrong with it, as text. Null on the way is the output null; a member that
 * was selected and is missing, or a list on the way, is no answer.
 *
 * @param read the root field of that response key; `undefined` where there is none
 */
export function selected(
  { path, shape, roots }: Selection,
  read: (root: string) => unknown,
): Selected | string {
  if (path.length === 0) {
    const data = Object.fromEntries(
      roots.map((root) => [root, read(root)]).filter(([, value]) => value !== undefined),
    );
    return problemOf(data, shape, 'data') ?? { path, value: data };
  }
  let value = read(path[0] as string);
  for (const [index, key] of path.entries()) {
    const led = path.slice(0, index + 1);
    if (index > 0) value = memberOf(value, key);
    if (value === undefined) return `There is no ${led.join('.')} in the answer.`;
    if (value === null) return { path: led, value: null };
  }
  return problemOf(value, shape, path.join('.')) ?? { path, value };
}

/** Whether an error at a path, below one input's `data`, may have changed a value: it stands there, above it or in it. */
export function reaches(errorPath: readonly (string | number)[], { path }: Selected): boolean {
  const common = Math.min(errorPath.length, path.length);
  for (let index = 0; index < common; index++) if (errorPath[index] !== path[index]) return false;
  return true;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as Members)[key];
}
