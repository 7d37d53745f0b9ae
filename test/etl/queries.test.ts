import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';

const folder = (path: string): string[] =>
  readdirSync(new URL(`../../${path}/`, import.meta.url)).map((file) => `../../${path}/${file}`);
const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

/** What the engine adds to every contract. */
const added = 'directive @cacheControl(maxAge: Int) on FIELD_DEFINITION | OBJECT\n';
const contract = folder('schema').filter((file) => file.endsWith('.graphql'));
const schema = buildSchema(added + contract.map(text).join('\n'), { assumeValidSDL: true });

describe('the queries of the loader', () => {
  it.each(folder('etl/queries'))('%s asks only for what the contract has', (file) => {
    expect(validate(schema, parse(text(file)))).toEqual([]);
  });
});
