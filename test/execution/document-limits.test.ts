import fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, parse, print, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import { type ErrorCode, isTributaryError } from '../../src/errors.ts';
import { limitDocument, type SelectionLimits } from '../../src/execution/document-limits.ts';
import { hostileDocuments, hostileSchema } from '../support/hostile-documents.ts';

const { limits } = serverConfigSchema.parse({});

function codeFor(source: string, changed: Partial<SelectionLimits> = {}): ErrorCode | undefined {
  try {
    limitDocument(source, { ...limits, ...changed });
    return undefined;
  } catch (error) {
    if (!isTributaryError(error)) throw error;
    return error.code;
  }
}

/** The least limit that lets a document pass. */
function leastOf(limit: keyof SelectionLimits, source: string): number {
  let least = 0;
  while (codeFor(source, { [limit]: least }) !== undefined) least += 1;
  return least;
}

describe('the limits of a document', () => {
  it('count fields and fragments, each fragment wherever it is spread', () => {
    expect(leastOf('maxSelections', '{ a b { c } }')).toBe(3);
    expect(leastOf('maxSelections', '{ ... on Q { a } }')).toBe(2);
    expect(leastOf('maxSelections', '{ x { ...F } y { ...F } } fragment F on T { a b }')).toBe(8);
    expect(codeFor('{ a b }', { maxSelections: 1 })).toBe('MAX_SELECTIONS_EXCEEDED');
  });

  it('count together what stands in several operations', () => {
    expect(leastOf('maxSelections', 'query A { a } query B { b c }')).toBe(3);
  });

  it('count root fields of each operation, through fragments', () => {
    const source = 'query A { a ...F ... on Q { b } } query B { a } fragment F on Q { c d { e f } }';
    expect(leastOf('maxRootFields', source)).toBe(4);
    expect(codeFor(source, { maxRootFields: 3 })).toBe('MAX_ROOT_FIELDS_EXCEEDED');
  });

  it('measure the depth that fragments add up to', () => {
    const source = '{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d } }';
    expect(leastOf('maxDepth', source)).toBe(4);
    expect(codeFor(source, { maxDepth: 3 })).toBe('MAX_DEPTH_EXCEEDED');
  });

  it('count aliases and directives of the text, and no arguments or members', () => {
    const source =
      'query($v: I = {a: 1}) @d { x: a(b: {c: "d: @e"}) @f(g: 1) # y: @z\n ... on T @h { y: b } }';
    expect(leastOf('maxAliases', source)).toBe(2);
    expect(leastOf('maxDirectives', source)).toBe(3);
    expect(codeFor(source, { maxAliases: 1 })).toBe('MAX_ALIASES_EXCEEDED');
    expect(codeFor(source, { maxDirectives: 2 })).toBe('MAX_DIRECTIVES_EXCEEDED');
  });

  it('count pairs of fields that meet, at each level, whatever fragment they come from', () => {
    expect(leastOf('maxOverlaps', '{ a b c }')).toBe(0);
    expect(leastOf('maxOverlaps', '{ a a a }')).toBe(3);
    expect(leastOf('maxOverlaps', '{ x: a x: b }')).toBe(1);
    // Two `a`, and below them four `b`.
    expect(leastOf('maxOverlaps', '{ a { b b } a { b b } }')).toBe(1 + 6);
    // `a` of the operation and of the fragment; a fragment that is spread twice in one place is one.
    expect(leastOf('maxOverlaps', '{ a ...F ...F } fragment F on Q { a }')).toBe(1);
    expect(codeFor('{ a a a }', { maxOverlaps: 2 })).toBe('QUERY_TOO_COMPLEX');
  });

  it('measure how often lists of the introspection stand inside each other, through fragments', () => {
    const source =
      '{ __schema { types { ...T } } } fragment T on __Type { fields { type { interfaces { name } } } }';
    expect(leastOf('maxIntrospectionDepth', source)).toBe(2);
    expect(codeFor(source, { maxIntrospectionDepth: 1 })).toBe('MAX_INTROSPECTION_DEPTH');
    expect(leastOf('maxIntrospectionDepth', '{ fields { fields { fields { id } } } }')).toBe(0);
  });

  it('leave room for the introspection that tools send', () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true });
    expect(codeFor(query)).toBeUndefined();
  });

  it('refuse a cycle of fragments, of any length', () => {
    for (const length of [1, 2, 3, 50]) {
      const fragments = Array.from(
        { length },
        (_, index) => `fragment F${index} on Node { child { ...F${(index + 1) % length} } }`,
      );
      expect(codeFor(`{ child { ...F0 } } ${fragments.join(' ')}`)).toBe('GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('leave it to the parser to say what cannot be parsed', () => {
    expect(codeFor('{ hello')).toBeUndefined();
    expect(codeFor('')).toBeUndefined();
  });

  it('never refuse a document as a cycle that validation finds valid, and count as much as is printed', () => {
    const schema = buildSchema(hostileSchema);
    fc.assert(
      fc.property(selectionSets(), (selections) => {
        const source = `{ child { ${selections} } }`;
        const isValid = validate(schema, parse(source), specifiedRules).length === 0;
        if (isValid) expect(codeFor(source)).toBeUndefined();
        const fields = print(parse(source)).match(/^\s*[.\w]/gm)?.length ?? 0;
        expect(leastOf('maxSelections', source)).toBe(fields);
      }),
      { numRuns: 100 },
    );
  });
});

/** Selections of `Node` without fragments that are named. */
function selectionSets(): fc.Arbitrary<string> {
  const { selections } = fc.letrec<{ selections: string; selection: string }>((tie) => ({
    selections: fc.array(tie('selection'), { minLength: 1, maxLength: 4 }).map((all) => all.join(' ')),
    selection: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('id', 'a', 'b', 'c(x: 1)', 'x: a'),
      tie('selections').map((inner) => `child { ${inner} }`),
      tie('selections').map((inner) => `... on Node { ${inner} }`),
    ),
  }));
  return selections;
}

describe('a hostile document', () => {
  it('G01 G02: keeps the event loop for less than 150 ms of CPU, limits and validation together', () => {
    const schema = buildSchema(hostileSchema);
    const judge = (text: string): void => {
      if (codeFor(text) !== undefined) return;
      try {
        validate(schema, parse(text), specifiedRules);
      } catch (error) {
        expect((error as Error).name).toBe('GraphQLError');
      }
    };
    const slow: string[] = [];
    for (const { name, text } of hostileDocuments()) {
      const before = process.cpuUsage();
      judge(text);
      const { user, system } = process.cpuUsage(before);
      if (user + system > 150_000) slow.push(`${name}: ${(user + system) / 1_000} ms`);
    }
    expect(slow).toEqual([]);
  });
});
