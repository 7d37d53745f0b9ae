import { describe, expect, it } from 'vitest';
import {
  argument,
  type Binding,
  bind,
  constant,
  ifPresent,
  parent,
  within,
} from '../../src/graph/binding.ts';
import { compileBinding } from '../../src/graph/compile-binding.ts';
import type { RequestContext } from '../../src/graph/request-context.ts';
import type { Operation } from '../../src/operations/operation.ts';

type AnyBinding = Binding<never, never, unknown>;

// Only its identity counts: the loader is the test's own.
const operation = { info: { name: 'fleet.driver' } } as unknown as Operation<
  Record<string, unknown>,
  unknown
>;

/** What the binding asks for one parent and one set of arguments; `none` where it makes no call. */
function asked(inputs: Parameters<typeof bind>[1], from: unknown, args: object = {}): unknown {
  let input: unknown = 'none';
  const context = {
    answer: (_: unknown, given: unknown) => {
      input = given;
      return Promise.resolve('answer');
    },
  } as unknown as RequestContext;
  const resolve = compileBinding(bind(operation, inputs as never) as unknown as AnyBinding);
  const result = resolve(from, args, context, { fieldNodes: [] } as never);
  if (input === 'none') expect(result).toBeNull();
  else expect(result).toBeInstanceOf(Promise);
  return input;
}

describe('a compiled binding', () => {
  it('takes inputs from the parent, the arguments and constants, however deep', () => {
    const inputs = { a: parent('id'), b: parent('one.two.three'), c: argument('input.x'), d: constant([1]) };
    expect(asked(inputs, { id: 1, one: { two: { three: 3 } } }, { input: { x: 'y' } })).toEqual({
      a: 1,
      b: 3,
      c: 'y',
      d: [1],
    });
  });

  it('puts an object input together from several sources', () => {
    expect(asked({ from: { x: parent('a'), y: argument('b') } }, { a: 1 }, { b: 2 })).toEqual({
      from: { x: 1, y: 2 },
    });
  });

  it('leaves null, absent and unreachable values out, and keeps false, zero and the empty text', () => {
    const inputs = { a: parent('a'), b: parent('b.c'), c: argument('c'), o: { p: parent('p') } };
    expect(asked(inputs, { a: null, b: null })).toEqual({});
    expect(asked({ a: parent('a') }, undefined)).toEqual({});
    expect(asked({ a: parent('a'), b: parent('b'), c: parent('c') }, { a: false, b: 0, c: '' })).toEqual({
      a: false,
      b: 0,
      c: '',
    });
  });

  it('makes no call where a value under `ifPresent` is null, absent or out of reach', () => {
    expect(asked({ id: ifPresent(parent('id')) }, { id: null })).toBe('none');
    expect(asked({ id: ifPresent(parent('id')) }, { id: 0 })).toEqual({ id: 0 });
    expect(asked({ a: constant(1), id: ifPresent(argument('x.y')) }, {}, { x: null })).toBe('none');
    expect(asked({ a: constant(1), at: { x: ifPresent(parent('x')) } }, {})).toBe('none');
  });

  it('takes a number only from its range, and says so in words', () => {
    const inputs = { first: within(argument('first'), 1, 500) };
    expect(asked(inputs, {}, { first: 1 })).toEqual({ first: 1 });
    expect(asked(inputs, {}, { first: 500 })).toEqual({ first: 500 });
    expect(asked(inputs, {}, {})).toEqual({});
    for (const first of [0, 501, 1_000_000, Number.NaN])
      expect(() => asked(inputs, {}, { first })).toThrow(
        expect.objectContaining({
          code: 'BAD_USER_INPUT',
          message: `\`first\` must be from 1 to 500, but is ${first}.`,
        }),
      );
    expect(() => within(argument('first'), 2, 1)).toThrow('`within` needs a range, but 2 to 1 is none.');
  });

  it('asks with an empty input where the operation takes none', () => {
    expect(asked({}, { id: 1 })).toEqual({});
  });
});
