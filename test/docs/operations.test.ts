import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, type DocumentNode, Kind, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { contractDirectives } from '../../src/graph/contract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

const contract = readdirSync(`${root}/schema`)
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => read(`schema/${file}`));
const schema = buildSchema([contractDirectives, ...contract].join('\n'));

/** The operations that a page shows, each with its page; excerpts of a contract are passed over. */
function operationsIn(page: string): readonly (readonly [string, DocumentNode])[] {
  return [...read(page).matchAll(/```graphql\n([\s\S]*?)```/g)].flatMap(([, text]) => {
    const document = parse(text as string);
    const asks = document.definitions.every(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return asks ? [[page, document] as const] : [];
  });
}

describe('an operation that a page shows', () => {
  const operations = ['README.md', 'docs/payments.md'].flatMap(operationsIn);

  it('is there', () => {
    expect(operations.map(([page]) => page)).toEqual(['README.md', 'docs/payments.md']);
  });

  it.each(operations)('in %s fits the contract of the reference graph', (_, document) => {
    expect(validate(schema, document)).toEqual([]);
  });
});
