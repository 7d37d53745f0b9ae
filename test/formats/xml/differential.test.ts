import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTable } from '../../../src/formats/xml/names.ts';
import { anyDocument, goodDocument, mutated } from './arbitrary-xml.ts';
import { readWithOurs, readWithSaxes } from './judges.ts';

/** Where we are stricter than saxes on purpose: our refusals that it need not share. A DOCTYPE counts as refused by both. */
const STRICTER: readonly RegExp[] = [
  // saxes lets unpaired surrogates through.
  /unpaired surrogate/,
  // saxes takes `xml:-lang` for a qualified name: a local part must start like a name (Namespaces in XML 1.0 §4).
  /misplaced colon/,
  // saxes lets '?' follow a target at once: white space must (`PI`, XML 1.0 §2.6).
  /target of a processing instruction is malformed/,
];

describe('our reader and saxes', () => {
  const agree = (source: string) => {
    const ours = readWithOurs(source);
    const theirs = readWithSaxes(source);
    if (ours instanceof Error && STRICTER.some((reason) => reason.test(ours.message))) return;
    // saxes trims namespace names, so that a blank one seems empty to it: it is a name like any other (Namespaces in XML 1.0 §2.3).
    if (
      theirs instanceof Error &&
      /undefine prefix/.test(theirs.message) &&
      /xmlns:\w+=["']\s+["']/.test(source)
    )
      return;
    if (ours instanceof Error !== theirs instanceof Error) {
      throw new Error(`${JSON.stringify(source)}\n  ours: ${String(ours)}\n  saxes: ${String(theirs)}`);
    }
    if (!(ours instanceof Error)) expect(ours).toEqual(theirs);
  };

  it('accept the same documents made of right and wrong pieces, and give the same events', () => {
    fc.assert(fc.property(anyDocument, agree), { numRuns: 5_000 });
  });

  it('give the same events for well-formed documents', () => {
    fc.assert(
      fc.property(goodDocument, (source) => {
        expect(readWithOurs(source)).toEqual(readWithSaxes(source));
        expect(readWithOurs(source)).not.toBeInstanceOf(Error);
      }),
      { numRuns: 1_000 },
    );
  });

  it('accept the same of mutated documents', () => {
    fc.assert(fc.property(mutated(goodDocument), agree), { numRuns: 5_000 });
  });

  it('give the same events whatever documents were read before with the same names', () => {
    let names = new NameTable();
    const sameWithNames = (source: string) => {
      const events = readWithOurs(source, names);
      expect(events).toEqual(readWithOurs(source));
      // What breaks off leaves bindings behind: its names are not used again.
      if (events instanceof Error) names = new NameTable();
    };
    const documents = fc.array(goodDocument, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(documents, mutated(goodDocument), (good, bad) => [...good, bad].forEach(sameWithNames)),
      { numRuns: 1_000 },
    );
  });
});
