import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../src/formats/format-error.ts';
import { parameterOf } from '../src/formats/soap/multipart.ts';
import { readDeclaration } from '../src/formats/xml/declaration.ts';
import { DATE_CHECKS } from '../src/formats/xsd/dates.ts';
import { evilPieces, leastCpuMsOf, pumped } from './support/evil-texts.ts';
import { expressionsOf, textsAgainst } from './support/regular-expressions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** 5 ms for 50,000 characters, five times as generous; a pattern that looks at all of them for each of them takes a second. */
const limitMs = 25;

const slowTextOf = (expression: RegExp): string | undefined =>
  textsAgainst(expression).find(
    (text) => leastCpuMsOf(() => testAfresh(expression, text), limitMs) > limitMs,
  );

function testAfresh(expression: RegExp, text: string): void {
  expression.lastIndex = 0;
  expression.test(text);
}

const files = ['src', 'resolvers', 'datasources'].flatMap((folder) =>
  (readdirSync(`${root}/${folder}`, { recursive: true }) as string[])
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`),
);

describe('G28: regular expressions', () => {
  it.each([/^(a+)+$/, /\s+$/, /^\+?\d{1,3}(-| )?\(?\d+\)?((-| )?\d+)+$/, /x\d+\d+y/])(
    'are found out where they are slow: %s',
    (expression) => {
      expect(slowTextOf(expression)).toBeDefined();
    },
  );

  it('of ours take no longer than the text is, whatever it is', () => {
    let count = 0;
    const slow = files.flatMap((file) =>
      expressionsOf(readFileSync(`${root}/${file}`, 'utf8')).flatMap((expression) => {
        count += 1;
        const text = slowTextOf(expression);
        return text === undefined
          ? []
          : [`${file}: ${expression} is slow with ${JSON.stringify(text.slice(0, 30))}`];
      }),
    );
    expect(slow).toEqual([]);
    expect(count).toBeGreaterThan(200);
  }, 120_000);

  const built: readonly (readonly [what: string, use: (text: string) => unknown])[] = [
    [
      'the declaration of XML',
      (text) => readDeclaration(`<?xml version${text}`, 0, (why) => new FormatError('invalid', why)),
    ],
    ['a parameter of a header', (text) => parameterOf(`multipart/related;${text}; boundary`, 'boundary')],
    ...Object.entries(DATE_CHECKS).map(([type, check]) => [type, check] as const),
  ];
  it.each(built)('that are put together are as quick: %s', (_, use) => {
    for (const piece of [...evilPieces, ';boundary', '"\\', '-2026', 'P1'])
      for (const head of ['', ';boundary="', 'P', '1', '="1.'])
        expect(leastCpuMsOf(() => use(pumped(head, piece, '!')), limitMs)).toBeLessThan(limitMs);
  });
});
