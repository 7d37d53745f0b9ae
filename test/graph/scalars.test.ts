import { buildSchema, type GraphQLScalarType, Kind } from 'graphql';
import { resolvers } from 'graphql-scalars';
import { beforeAll, describe, expect, it } from 'vitest';
import { customScalars, implementKnownScalars } from '../../src/graph/scalars.ts';
import { evilPieces, leastCpuMsOf, pumped } from '../support/evil-texts.ts';

const names = Object.keys(resolvers);
/** 5 ms, five times as generous. */
const limitMs = 25;

/** Beginnings that get a text past the first checks of one scalar or another. */
const heads = [
  '',
  'a@',
  'http://',
  '2026-01-01T',
  '2026-01-01T00:00:00',
  'P',
  '+',
  '#',
  'data:',
  '"',
  '-',
  '1.',
  'eyJ',
];

const texts = heads.flatMap((head) => evilPieces.map((piece) => pumped(head, piece, '!')));

describe('scalars that are known by their names', () => {
  const scalars = new Map<string, GraphQLScalarType>();
  beforeAll(async () => {
    const schema = buildSchema(`${names.map((name) => `scalar ${name}`).join('\n')} type Query { a: Int }`);
    const declared = customScalars(schema);
    expect(await implementKnownScalars(declared)).toEqual([]);
    for (const scalar of declared) scalars.set(scalar.name, scalar);
  });

  it.each(names)('G28: %s refuses a long text as quickly as a short one', (name) => {
    const scalar = scalars.get(name) as GraphQLScalarType;
    for (const text of texts) {
      const ms = leastCpuMsOf(() => scalar.parseValue(text), limitMs);
      expect(ms, text.slice(0, 40)).toBeLessThan(limitMs);
    }
    const [text, node] = [
      'a'.repeat(50_000),
      { kind: Kind.STRING, value: `${'a'.repeat(50_000)}!` } as const,
    ];
    expect(leastCpuMsOf(() => scalar.parseLiteral(node, {}), limitMs)).toBeLessThan(limitMs);
    expect(leastCpuMsOf(() => scalar.serialize(`${text}!`), limitMs)).toBeLessThan(limitMs);
  });

  it('G28: PhoneNumber takes the numbers that the package takes', () => {
    const [ours, theirs] = [
      scalars.get('PhoneNumber') as GraphQLScalarType,
      resolvers.PhoneNumber as GraphQLScalarType,
    ];
    const takes = (scalar: GraphQLScalarType, text: string): boolean => {
      try {
        return scalar.parseValue(text) === text;
      } catch {
        return false;
      }
    };
    const numbers = [
      ...[
        '+17895551234',
        '17895551234',
        '+1 (123) 456-7890',
        '+44 (20) 2121 2222',
        '123 456-7890',
        '2191755194',
      ],
      ...['+1 123-456-7890 12345', '+62 (21) 9175 5194', '1(2)3', '+1-(22)-333', '1 22 333 4444 55555'],
      ...[
        '',
        '1',
        '12',
        '123',
        '+',
        '++1234',
        '1234a',
        '12--34',
        '(123) 456',
        '+1 (123',
        ' 1234',
        '1234 ',
        '12 34-',
      ],
    ];
    for (const number of numbers)
      expect([number, takes(ours, number)]).toEqual([number, takes(theirs, number)]);
    expect(() => ours.parseValue('+1 call me')).toThrow('`PhoneNumber` must be a phone number');
  });
});
