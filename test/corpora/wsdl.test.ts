import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { describeTypes } from '../../src/formats/wsdl/describe.ts';
import { loadWsdl } from '../../src/formats/wsdl/model.ts';
import { corpus } from './shared.ts';

const root = corpus('wsdl');
const documents =
  root === undefined
    ? []
    : readdirSync(root)
        .filter((name) => name.endsWith('.wsdl'))
        .sort();
const total = { documents: 0, operations: 0, interfaces: 0, warnings: 0 };

/** What is open in each document because its own documents do not define it. Any other warning fails. */
const KNOWN_WARNINGS: readonly RegExp[] = [
  /^soap12-test\.wsdl: The message .*DataHolder_Re(quest|sponse) is not defined/,
  /^soap12-test\.wsdl: A header names the part DataHolder/,
  /^types_with_same_name_in_separate_namespaces\.wsdl: The (port|part) /,
];

describe.skipIf(root === undefined)('each WSDL of the corpus', () => {
  afterAll(() =>
    console.log(
      `WSDL corpus: ${total.documents} of ${documents.length} documents, ${total.operations} operations, ${total.interfaces} interfaces, ${total.warnings} warnings`,
    ),
  );

  it.each(documents)('%s loads, and every operation has a typed input and output', async (name) => {
    const model = await loadWsdl(`${root}${name}`, (location) => readFileSync(location, 'utf8'));
    expect(model.operations.length).toBeGreaterThan(0);
    for (const { service, port, name: operationName, inputName } of model.operations) {
      const operation = model.operation({ service, port, name: operationName, input: inputName });
      const types = describeTypes(operation);
      expect(types.input).not.toBe('');
      expect(types.output).not.toBe('');
      expect(`${types.input} ${types.output}`, operationName).toMatch(/\w/);
      total.operations++;
      total.interfaces += types.declarations.split('export interface').length - 1;
    }
    const surprises = model.warnings.filter(
      (warning) => !KNOWN_WARNINGS.some((known) => known.test(`${name}: ${warning}`)),
    );
    expect(surprises).toEqual([]);
    total.documents++;
    total.warnings += model.warnings.length;
  });
});
