import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { configVariables, serverConfigSchema } from '../../src/config/server-config.ts';
import { errorTable } from '../../src/errors.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The rows of a page's tables, without their padding. */
function rowsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/\s*\|\s*/g, '|'));
}

/** The row that the page of errors must have for each code. */
const errorRows = Object.entries(errorTable).map(
  ([code, { status, mender, retryable, message }]) =>
    `|\`${code}\`|${status}|${mender}|${retryable ? 'yes' : 'no'}|${message}|`,
);

/** The rows that the page of options must have, in the order of the table. */
function optionRows(schema: z.ZodObject, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([name, option]) => {
    const inner = unwrapped(option as z.ZodType);
    if (inner.def.type === 'object') return optionRows(inner as z.ZodObject, `${prefix}${name}.`);
    const { description } = option as z.ZodType;
    const variable = Object.entries(configVariables).find(([, target]) => target === `${prefix}${name}`)?.[0];
    const fallback = (option as z.ZodType).safeParse(undefined).data;
    return [
      `|\`${prefix}${name}\`|${fallback === undefined ? 'none' : `\`${JSON.stringify(fallback)}\``}|` +
        `${variable === undefined ? '' : `\`${variable}\``}|${description}|`,
    ];
  });
}

function unwrapped(type: z.ZodType): z.ZodType {
  const { innerType } = type.def as { innerType?: z.ZodType };
  return innerType === undefined ? type : unwrapped(innerType);
}

describe('the page of errors', () => {
  it('has every code of the table, with its status, mender and text, and no other', () => {
    expect(rowsOf(page('errors.md'))).toEqual(errorRows);
  });
});

describe('the page of options', () => {
  it('has every option, with its default, its variable and what it changes, and no other', () => {
    expect(rowsOf(page('options.md'))).toEqual(optionRows(serverConfigSchema));
  });
});
