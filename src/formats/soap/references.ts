import { codeUnitsInSlices } from '../xml/code-units.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { DOCUMENT_END, ELEMENT_START, type XmlBookmark, XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import { PAUSE_EVERY, type References } from '../xsd/context.ts';
import { SOAP12_ENCODING } from './names.ts';

/**
 * References that one document may follow: a few short elements could otherwise unfold without end. An element that
 * several refer to is read for each.
 */
const MAX_REFERENCES = 10_000;
const MAX_REFERENCES_PER_ELEMENT = 4;

/**
 * Finds the elements that others refer to, in one pass; `undefined` when nothing refers to anything.
 * Errors: those of the reader, and `invalid` when two elements have one id.
 * Implements SOAP 1.1 §5.4.1 (`id`, `href`) and SOAP 1.2 part 2 §3.1.5 (`id`, `ref`).
 */
export function* collectReferences(xml: string, limits: Partial<XmlLimits>): Sliced<References | undefined> {
  if (!/\bhref\s*=|:ref\s*=/.test(xml)) return undefined;
  const byId = new Map<string, XmlBookmark>();
  const reader = new XmlReader(xml, limits, { units: yield* codeUnitsInSlices(xml) });
  let pauseAt = PAUSE_EVERY;
  for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
    if (reader.position > pauseAt) {
      pauseAt = reader.position + PAUSE_EVERY;
      yield;
    }
    if (kind !== ELEMENT_START || reader.attributeCount === 0) continue;
    const id = reader.attribute('', 'id') ?? reader.attribute(SOAP12_ENCODING, 'id');
    if (id === undefined) continue;
    if (byId.has(id)) throw reader.invalid('Two elements have one id');
    byId.set(id, reader.bookmark());
  }
  return { byId, budget: MAX_REFERENCES + byId.size * MAX_REFERENCES_PER_ELEMENT, depth: 0 };
}
