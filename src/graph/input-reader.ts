import { TributaryError } from '../errors.ts';
import type { Rights } from './access/rights.ts';
import { type FromArgument, isSource, type Source, type Sources } from './binding.ts';

/** Stands for an input that is null under `ifPresent`: no call is made. */
export const noCall = Symbol('no call');

/** Builds the input of a bound operation, or says that there is to be no call (`noCall`). */
export type InputReader = (parent: unknown, args: unknown, rights: Rights) => unknown;

/**
 * Compiles the sources of a binding's inputs into a function. A null or absent value is left out of the input, and so is
 * an object all of whose parts are.
 */
export function inputReader(sources: Sources): InputReader {
  const entries = Object.entries(sources);
  const [only] = entries;
  if (only === undefined) return () => ({});
  if (entries.length === 1) {
    const [key, read] = [only[0], readerOf(only[1])];
    return (parent, args, rights) => {
      const value = read(parent, args, rights);
      if (value === noCall) return noCall;
      return value === null || value === undefined ? {} : { [key]: value };
    };
  }
  const read = objectReader(sources);
  return (parent, args, rights) => read(parent, args, rights) ?? {};
}

/** Reads an object of several parts; `undefined` where none is present. */
function objectReader(sources: Sources): InputReader {
  const keys = Object.keys(sources);
  const readers = Object.values(sources).map(readerOf);
  return (parent, args, rights) => {
    let input: Record<string, unknown> | undefined;
    for (let index = 0; index < readers.length; index += 1) {
      const value = readers[index]!(parent, args, rights);
      if (value === noCall) return noCall;
      if (value === null || value === undefined) continue;
      input ??= {};
      input[keys[index]!] = value;
    }
    return input;
  };
}

function readerOf(source: Source | Sources): InputReader {
  if (!isSource(source)) return objectReader(source);
  if (source.from === 'constant') {
    const { value } = source;
    return () => value;
  }
  if (source.from === 'claim') return claimReader(source.name);
  const walk = pathReader(source.path.split('.'));
  const read: InputReader = source.from === 'parent' ? walk : argumentReader(source.path, walk, source.range);
  if (!source.ifPresent) return read;
  return (parent, args, rights) => read(parent, args, rights) ?? noCall;
}

/** Whoever sees every owner asks without naming one; whoever else has no such claim has nothing to ask for. */
function claimReader(name: string): InputReader {
  return (_parent, _args, rights) => (rights.seesEveryOwner ? undefined : (rights.claim(name) ?? noCall));
}

/** The names of the claims among the sources. */
export function claimsIn(sources: Sources): readonly string[] {
  return Object.values(sources).flatMap((source) => {
    if (!isSource(source)) return claimsIn(source);
    return source.from === 'claim' ? [source.name] : [];
  });
}

function argumentReader(
  path: string,
  walk: (value: unknown) => unknown,
  range: FromArgument<string, boolean>['range'],
): InputReader {
  if (range === undefined) return (_parent, args) => walk(args);
  const [least, greatest] = range;
  return (_parent, args) => {
    const value = walk(args);
    if (value === null || value === undefined || (Number(value) >= least && Number(value) <= greatest))
      return value;
    throw new TributaryError(
      'BAD_USER_INPUT',
      `\`${path}\` must be from ${least} to ${greatest}, but is ${value}.`,
    );
  };
}

function pathReader(path: readonly string[]): (value: unknown) => unknown {
  const [first, second] = path;
  if (first !== undefined && path.length === 1) return (value) => member(value, first);
  if (first !== undefined && second !== undefined && path.length === 2)
    return (value) => member(member(value, first), second);
  return (value) => {
    let at = value;
    for (const name of path) at = member(at, name);
    return at;
  };
}

function member(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}
