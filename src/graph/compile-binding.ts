import type { GraphQLFieldResolver } from 'graphql';
import type { Operation } from '../operations/operation.ts';
import { type Binding, isSource, type Source, type Sources } from './binding.ts';
import type { FieldContext } from './fields.ts';

export type FieldResolver = GraphQLFieldResolver<unknown, FieldContext>;

/** Stands for an input that is null under `ifPresent`: no call is made. */
const noCall = Symbol('no call');

type Reader = (parent: unknown, args: unknown) => unknown;

/**
 * Compiles a binding into the function that graphql-js calls for each object: all that can be decided once is decided
 * here. A null or absent value is left out of the input; under `ifPresent` the field is null and no call is made.
 */
export function compileBinding(binding: Binding<never, never, unknown>): FieldResolver {
  const operation = binding.operation as unknown as Operation<unknown, unknown>;
  const entries = Object.entries(binding.inputs);
  const [only] = entries;
  if (only === undefined) return (_parent, _args, context) => context.load(operation, {});
  if (entries.length === 1) {
    const [key, reader] = [only[0], readerOf(only[1])];
    return (parent, args, context) => {
      const value = reader(parent, args);
      if (value === noCall) return null;
      return context.load(operation, value === null || value === undefined ? {} : { [key]: value });
    };
  }
  const read = objectReader(binding.inputs);
  return (parent, args, context) => {
    const input = read(parent, args);
    return input === noCall ? null : context.load(operation, input ?? {});
  };
}

/** Reads an object of several parts; `undefined` where none is present. */
function objectReader(sources: Sources): Reader {
  const keys = Object.keys(sources);
  const readers = Object.values(sources).map(readerOf);
  return (parent, args) => {
    let input: Record<string, unknown> | undefined;
    for (let index = 0; index < readers.length; index += 1) {
      const value = readers[index]!(parent, args);
      if (value === noCall) return noCall;
      if (value === null || value === undefined) continue;
      input ??= {};
      input[keys[index]!] = value;
    }
    return input;
  };
}

function readerOf(source: Source | Sources): Reader {
  if (!isSource(source)) return objectReader(source);
  if (source.from === 'constant') {
    const { value } = source;
    return () => value;
  }
  const walk = pathReader(source.path.split('.'));
  const read: Reader = source.from === 'parent' ? walk : (_parent, args) => walk(args);
  if (!source.ifPresent) return read;
  return (parent, args) => read(parent, args) ?? noCall;
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
